"""What the stand-in keeps in files: sites, their configuration, and the faults that tests ask for."""
import json
import os
import time


class Trouble(Exception):
    """Ends the program with status 1 and this text on standard error, where the real one prints a traceback."""


def traceback(last_line):
    return Trouble(f'Traceback (most recent call last):\n  File "<frozen runpy>", line 198, in _run_module_as_main\n{last_line}')


def fault(name):
    """The text of BENCH/standin/NAME; None where there is no such file. Known: allow_root, pause_after_folder and
    pause_after_database (seconds), fail_after_database, fail_install (an app), broken_app (not importable), stale_workers,
    stop_before_users, mute_add_user."""
    try:
        with open(f"standin/{name}", encoding="utf-8") as file:
            return file.read().strip() or "1"
    except OSError:
        return None


def pause(name):
    if fault(name):
        time.sleep(float(fault(name)))


def folder(site):
    return f"sites/{site}"


def exists(site):
    return os.path.isdir(folder(site))


def read_json(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return {}


def common():
    return read_json("sites/common_site_config.json")


def config(site):
    return {**common(), **read_json(f"{folder(site)}/site_config.json")}


def write_config(site, values):
    path = f"{folder(site)}/site_config.json"
    merged = {**read_json(path), **values}
    umask = os.umask(0o022)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(merged, file, indent=1, sort_keys=True)
    os.umask(umask)


def listed_apps():
    with open("sites/apps.txt", encoding="utf-8") as file:
        return file.read().split()
