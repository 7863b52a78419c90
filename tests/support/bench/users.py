"""Users, their roles and passwords. A password is kept as its hash, as in the real one."""
import getpass
import hashlib
import secrets

from database import of_site, text
from site_files import fault, traceback


def digest(password, salt):
    return salt + "$" + hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 1000).hex()


def keep(database, user, password):
    database.run(f"replace into `__Auth` values ({text(user)}, {text(digest(password, secrets.token_hex(8)))});")


def accepts(database, user, password):
    rows = database.run(f"select password from `__Auth` where name = {text(user)};")
    return bool(rows) and digest(password, rows[0][0].split("$")[0]) == rows[0][0]


def exists(database, user):
    return bool(database.run(f"select 1 from `tabUser` where name = {text(user)};"))


def add(site, args):
    database = of_site(site)
    if exists(database, args.email):
        raise traceback(f"frappe.exceptions.DuplicateEntryError: ('User', '{args.email}', IntegrityError(1062, \"Duplicate entry\"))")
    roles = "".join(f"insert into `tabHas Role` values ({text(args.email)}, {text(role)});" for role in args.add_role)
    database.run(f"begin; insert into `tabUser` values ({text(args.email)}, {text(args.first_name)}); {roles} commit;")
    if args.password:
        keep(database, args.email, args.password)
    if fault("fail_after_add_user"):
        raise traceback("ConnectionError: the stand-in was told to fail")
    return 0


def set_password(site, args):
    database = of_site(site)
    if not exists(database, args.user):
        print(f"User {args.user} does not exist")
        return 1
    keep(database, args.user, args.password or getpass.getpass(f"{args.user}'s password for {site}: "))
    return 0


def set_admin_password(site, args):
    keep(of_site(site), "Administrator", args.password or getpass.getpass(f"Administrator's password for {site}: "))
    return 0
