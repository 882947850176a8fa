from django.db.models.expressions import RawSQL


def find(User, name):
    # ruleid: python-django-raw-sql
    first = User.objects.raw(f"SELECT * FROM auth_user WHERE name = '{name}'")
    # ruleid: python-django-raw-sql
    second = User.objects.all().extra(where=["name = '%s'" % name])
    # ruleid: python-django-raw-sql
    third = RawSQL("name = '" + name + "'", ())
    # ok: python-django-raw-sql
    fourth = User.objects.raw("SELECT * FROM auth_user WHERE name = %s", [name])
    # ok: python-django-raw-sql
    fifth = User.objects.all().extra(where=["name = %s"], params=[name])
    # ok: python-django-raw-sql
    sixth = User.objects.filter(name=name)
    return first, second, third, fourth, fifth, sixth
