from django.utils.html import format_html
from django.utils.safestring import mark_safe


def link(name):
    # ruleid: python-django-unsafe-markup
    first = mark_safe(f"<b>{name}</b>")
    # ruleid: python-django-unsafe-markup
    second = mark_safe("<b>%s</b>" % name)
    # ruleid: python-django-unsafe-markup
    third = mark_safe("<b>" + name + "</b>")
    # ok: python-django-unsafe-markup
    fourth = mark_safe("<b>fixed</b>")
    # ok: python-django-unsafe-markup
    fifth = format_html("<b>{}</b>", name)
    return first, second, third, fourth, fifth
