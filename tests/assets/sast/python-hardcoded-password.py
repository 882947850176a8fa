import os

# ruleid: python-hardcoded-password
DB_PASSWORD = "hunter2-and-more"
# ruleid: python-hardcoded-password
API_KEY: str = "9fK2mLq8Zx31"
# ok: python-hardcoded-password
PASSWORD = os.environ["PASSWORD"]
# ok: python-hardcoded-password
SECRET_KEY = "change-me"
# ok: python-hardcoded-password
PASSWORD_FIELD = "password_hash_column"
# ok: python-hardcoded-password
password = ""
# ok: python-hardcoded-password
API_KEY_HEADER = "X-Api-Key"
# ok: python-hardcoded-password
password = "Please enter the password"
# ok: python-hardcoded-password
client_secret = "/run/secrets/client"
# ok: python-hardcoded-password
api_key = "<your key>"
# ok: python-hardcoded-password
auth_token = "auth_token"


def connect(driver, settings):
    # ruleid: python-hardcoded-password
    driver.connect(user="app", password="Tr0ub4dor&3")
    # ruleid: python-hardcoded-password
    settings["SECRET_KEY"] = "k3y0fTheC4stle"
    # ruleid: python-hardcoded-password
    defaults = {"user": "app", "password": "Tr0ub4dor&3"}
    # ok: python-hardcoded-password
    driver.connect(user="app", password=settings["password"])
    return defaults
