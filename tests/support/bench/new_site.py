"""new-site: the order of its effects, and what each failure leaves behind. It never takes anything back."""
import fcntl
import getpass
import os
import secrets
import time

import commands
import users
from database import FRAMEWORK, Server, create, of_site
from site_files import Trouble, exists, fault, folder, pause, read_json, traceback, write_config


def lock(site):
    file = open(f"{folder(site)}/locks/bench_new_site.lock", "w", encoding="utf-8")
    for _ in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except OSError:
            time.sleep(0.05)
    raise traceback(f"filelock._error.Timeout: The file lock '{file.name}' could not be acquired.\n"
                    'pymysql.err.OperationalError: (1045, "Access denied for user")')


def ask_admin_password():
    password = getpass.getpass("Set Administrator password: ")
    if password != getpass.getpass("Re-enter Administrator password: "):
        raise Trouble("Passwords do not match")
    return password


def run(_, args):
    if args.db_type != "mariadb":
        raise Trouble("the stand-in has no PostgreSQL")
    site = args.site  # trap 5: any name, so that "../evil.test" lands outside
    if exists(site) and not args.force:
        print(f"Site {site} already exists")
        return 1
    for name in ("public/files", "private/backups", "private/files", "locks", "logs"):
        os.makedirs(f"{folder(site)}/{name}", exist_ok=True)
    held = lock(site)
    kept = read_json(f"{folder(site)}/site_config.json")
    database = kept.get("db_name") or args.db_name or "_" + secrets.token_hex(8)
    password = kept.get("db_password") or args.db_password or secrets.token_urlsafe(12)
    write_config(site, {"db_name": database, "db_password": password, "db_type": args.db_type})
    pause("pause_after_folder")

    root = Server(args.db_root_username, args.db_root_password or getpass.getpass("MySQL root password: "))
    create(root, database, password, args.force)
    if fault("fail_after_database"):
        raise traceback("OSError: [Errno 28] No space left on device")
    print(f"\rImporting {site}: 10%", end="", flush=True)
    pause("pause_after_database")
    if args.source_sql:
        with open(args.source_sql, encoding="utf-8") as dump:
            of_site(site).run(dump.read())
    else:
        of_site(site).run(FRAMEWORK)
        commands.install(of_site(site), "frappe")
        users.keep(of_site(site), "Administrator", args.admin_password or ask_admin_password())
    for app in args.install_app:
        if not commands.importable(app):
            print(f'Could not find app "{app}": No module named \'{app}\'')
            return 1
        if commands.install(of_site(site), app):
            return 1
    print("*** Scheduler is disabled ***")
    held.close()
    return 0
