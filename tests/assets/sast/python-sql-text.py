from sqlalchemy import text

TABLE = "users"


def find(cursor, name, columns):
    # ruleid: python-sql-text
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
    # ruleid: python-sql-text
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % name)
    # ruleid: python-sql-text
    cursor.execute("DELETE FROM users WHERE name = '" + name + "'")
    # ruleid: python-sql-text
    cursor.execute("INSERT INTO users VALUES ('{}')".format(name))
    # ruleid: python-sql-text
    cursor.execute(text(f"SELECT id FROM users WHERE name = '{name}'"))
    query = "SELECT * FROM users WHERE name = '" + name + "'"
    # ruleid: python-sql-text
    cursor.execute(query)
    # ok: python-sql-text
    cursor.execute("SELECT * FROM users WHERE name = ?", (name,))
    # ok: python-sql-text
    cursor.execute("SELECT * FROM users " "WHERE name = %s", [name])
    # ok: python-sql-text
    cursor.execute("SELECT id " + "FROM users", ())
    fixed = "SELECT * FROM users WHERE name = ?"
    # ok: python-sql-text
    cursor.execute(fixed, (name,))
    # ok: python-sql-text
    cursor.execute(f"PRAGMA user_version = {int(name)}")
    # ok: python-sql-text
    columns.execute(f"job {name}")
    marks = ",".join("?" * len(columns))
    # ok: python-sql-text
    cursor.execute(f"SELECT * FROM users WHERE name IN ({marks})", columns)
