"""The commands, one function each, with the real ones' texts and statuses. Passwords are asked for as the real one does."""
import argparse
import ast
import getpass
import json
import os
import re
import shutil
import time

import new_site
import users
from database import Server, drop, of_site, text
from site_files import config, exists, fault, folder, listed_apps, traceback, write_config


def installed(database):
    rows = database.run("select defvalue from tabDefaultValue where defkey = 'installed_apps';")
    return json.loads(rows[0][0]) if rows else []


def install(database, app, force=False):
    """Trap 4: an app is listed as installed before it is whole, and the next try then says that all is well."""
    apps = installed(database)
    if app in apps and not force:
        print(f"App {app} already installed")
        return 0
    print(f"Installing {app}...")
    if app not in apps:
        database.run(f"replace into tabDefaultValue values ('__global', 'installed_apps', {text(json.dumps(apps + [app]))});")
    if fault("fail_install") == app:
        print(f"An error occurred while installing {app}: ('Module Def', 'Stand-in')")
        return 1
    for done in range(0, 101, 50):
        print(f"\rUpdating DocTypes for {app} : [{'=' * (done // 5):<20}] {done}%", end="")
    print()
    database.run(f"replace into `tabWhole App` values ({text(app)});")
    return 0


def importable(app):
    return app in listed_apps() and fault("broken_app") != app


def install_app(site, args):
    status = 0
    for app in args.apps:
        if app not in listed_apps():
            print(f"App {app} not in apps.txt")
            return 1
        if not importable(app):
            print(f"An error occurred while installing {app}: No module named '{app}'")
            return 1
        status = install(of_site(site), app, args.force) or status
    return status


def set_config(site, args):
    value = args.value
    if args.parse:
        value = ast.literal_eval(value)
    elif value in ("0", "1"):
        value = int(value)
    elif value in ("true", "false"):
        value = value == "true"
    write_config(site, {args.key: value})
    return 0


def drop_site(site, args):
    """Trap 2: it drops what site_config.json names, whoever's that is."""
    site = args.site
    if not exists(site):
        raise traceback(f"frappe.exceptions.IncorrectSitePath: 404 Not Found: {site} does not exist")
    password = args.db_root_password or getpass.getpass("MySQL root password: ")
    drop(Server(args.db_root_username, password), config(site)["db_name"])
    os.makedirs("archived/sites", exist_ok=True)
    target, count = f"archived/sites/{site}", 0
    while os.path.exists(target):
        count += 1
        target = f"archived/sites/{site}{count}"
    shutil.move(folder(site), target)
    return 0


def execute(site, args):
    database = of_site(site)
    if args.method == "frappe.get_installed_apps":
        print(json.dumps(installed(database)))
        return 0
    if args.method == "frappe.client.set_value":
        values = ast.literal_eval(args.kwargs)  # the real one evals it
        for field, value in values["fieldname"].items():
            database.run(f"replace into tabSingles values ({text(values['doctype'])}, {text(field)}, {text(value)});")
        print(json.dumps({"doctype": values["doctype"], **values["fieldname"]}))
        return 0
    raise traceback(f"AttributeError: the stand-in has no method '{args.method}'")


def list_apps(site, args):
    """Trap 9: as JSON it is empty until the first migrate."""
    rows = of_site(site).run("select app_name from `tabInstalled Application`;")
    if args.format == "json":
        print(json.dumps({site: [row[0] for row in rows]}))
    else:
        print("\n".join(installed(of_site(site))))
    return 0


def migrate(site, _):
    database = of_site(site)
    for app in installed(database):
        database.run(f"replace into `tabInstalled Application` values ({text(app)});")
    return 0


def scheduler(site, args):
    if args.action in ("enable", "disable"):
        of_site(site).run(f"replace into tabSingles values ('System Settings', 'enable_scheduler', '{int(args.action == 'enable')}');")
        print(f"Scheduler is {args.action}d for site {site}" if args.action == "disable" else f"Enabled for {site}")
    elif args.action in ("pause", "resume"):
        write_config(site, {"pause_scheduler": int(args.action == "pause")})
    else:
        rows = of_site(site).run("select value from tabSingles where field = 'enable_scheduler';")
        print(f"Scheduler is {'enabled' if rows == [['1']] else 'disabled'} for site {site}")
    return 0


def maintenance(site, args):
    write_config(site, {"maintenance_mode": int(args.state == "on")})
    return 0


def console(*_):
    """Trap 8: whatever the code does."""
    return 0


def backup(site, _):
    target = f"{folder(site)}/private/backups/{time.strftime('%Y%m%d_%H%M%S')}-{re.sub(r'[^a-z0-9]', '_', site)}-site_config_backup.json"
    shutil.copyfile(f"{folder(site)}/site_config.json", target)
    return 0


def parser():
    top = argparse.ArgumentParser(prog="bench", add_help=False)
    subs = top.add_subparsers(dest="command", required=True)

    def add(name, function, *arguments):
        sub = subs.add_parser(name, add_help=False)
        for words, options in arguments:
            sub.add_argument(*words.split(), **options)
        sub.set_defaults(function=function)

    root = [("--db-root-username", {"default": "root"}), ("--db-root-password", {})]
    flags = [(flag, {"action": "store_true"}) for flag in ("--force", "--set-default", "--verbose", "--no-mariadb-socket")]
    add("new-site", new_site.run, ("site", {}), *root, *flags, ("--db-name", {}), ("--db-password", {}), ("--db-type", {"default": "mariadb"}), ("--db-host", {}),
        ("--db-port", {}), ("--admin-password", {}), ("--install-app", {"action": "append", "default": []}), ("--source-sql", {}))
    add("drop-site", drop_site, ("site", {}), *root, ("--force", {"action": "store_true"}), ("--no-backup", {"action": "store_true"}))
    add("install-app", install_app, ("apps", {"nargs": "+"}), ("--force", {"action": "store_true"}))
    add("set-config", set_config, ("key", {}), ("value", {}), ("-p --parse", {"action": "store_true"}))
    add("execute", execute, ("method", {}), ("--args", {}), ("--kwargs", {}))
    add("list-apps", list_apps, ("--format", {}))
    add("migrate", migrate)
    add("console", console)
    add("backup", backup, ("--with-files", {"action": "store_true"}), ("--compress", {"action": "store_true"}))
    add("scheduler", scheduler, ("action", {}))
    add("set-maintenance-mode", maintenance, ("state", {}))
    add("add-user", users.add, ("email", {}), ("--first-name", {}), ("--last-name", {}), ("--password", {}), ("--user-type", {}), ("--add-role", {"action": "append", "default": []}))
    add("set-password", users.set_password, ("user", {}), ("password", {"nargs": "?"}))
    add("set-admin-password", users.set_admin_password, ("password", {"nargs": "?"}))
    return top


def run(site, argv):
    args = parser().parse_args(argv)  # a usage error ends with status 2
    if args.command not in ("new-site", "drop-site"):
        if site is None:
            return 0  # trap 9: nothing was done, and nothing says so
        if not exists(site):
            print(f"Site {site} does not exist!")
            return 1
    return args.function(site, args)
