"""SQL through the `mariadb` client, with the password in its environment; its errors in PyMySQL's words."""
import os
import re
import subprocess

from site_files import common, config, traceback


def text(value):
    """A string literal."""
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


def name(value):
    return "`" + value.replace("`", "``") + "`"


class Server:
    def __init__(self, user, password, database=None):
        settings = common()
        self.host = settings.get("db_host", "127.0.0.1")
        self.port = settings.get("db_port", 3306)
        self.user, self.password, self.database = user, password, database

    def run(self, sql):
        """The rows, each a list of texts."""
        argv = ["mariadb", "--no-defaults", "--protocol=tcp", "-h", self.host, "-P", str(self.port), "-u", self.user, "--batch", "--skip-column-names"]
        if self.database:
            argv.append(self.database)
        done = subprocess.run(argv, input=sql, capture_output=True, text=True, env={**os.environ, "MYSQL_PWD": self.password}, check=False)
        if done.returncode == 0:
            return [line.split("\t") for line in done.stdout.splitlines()]
        found = re.search(r"ERROR (\d+) .*?: (.*)", done.stderr)
        number, message = (int(found[1]), found[2]) if found else (2013, done.stderr.strip())
        if number in (2002, 2003):
            raise traceback(f"""pymysql.err.OperationalError: (2003, "Can't connect to MySQL server on '{self.host}' ([Errno 111] Connection refused)")""")
        raise traceback(f'pymysql.err.OperationalError: ({number}, "{message}")')


def of_site(site):
    settings = config(site)
    return Server(settings["db_name"], settings["db_password"], settings["db_name"])


def create(root, database, password, force):
    known = [row[0] for row in root.run("show databases;")]
    if database in known and not force:
        raise traceback(f"Exception: Database {database} already exists")
    host = root.run("select user();")[0][0].split("@")[1]
    user = f"{text(database)}@{text(host)}"
    root.run(f"drop user if exists {user}; drop database if exists {name(database)};"
             f"create user {user} identified by {text(password)};"
             f"create database {name(database)} character set utf8mb4 collate utf8mb4_unicode_ci;"
             f"grant all privileges on {name(database.replace('_', chr(92) + '_'))}.* to {user}; flush privileges;")


def drop(root, database):
    host = root.run("select user();")[0][0].split("@")[1]
    root.run(f"drop database if exists {name(database)}; drop user if exists {text(database)}@{text(host)}; flush privileges;")


FRAMEWORK = """
create table `tabDefaultValue` (parent varchar(140), defkey varchar(140) primary key, defvalue text);
create table `tabSingles` (doctype varchar(140), field varchar(140), value text, primary key (doctype, field));
create table `tabUser` (name varchar(140) primary key, first_name varchar(140));
create table `tabHas Role` (parent varchar(140), role varchar(140), primary key (parent, role));
create table `tabInstalled Application` (app_name varchar(140) primary key);
create table `tabWhole App` (app_name varchar(140) primary key);
create table `__Auth` (name varchar(140) primary key, password varchar(255));
insert into `tabUser` values ('Administrator', 'Administrator');
"""
