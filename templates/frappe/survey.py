"""Looks at a bench from its own host, for `tenantctl verify-isolation`: what each site's database account gets at, which secrets
sites share, which of their files others on the host can read, and what of the bench listens beyond loopback.

It reads and logs in, and writes nothing. Passwords and keys are compared here: none is in what it prints.
Argument: the bench's folder. Standard input: {"subjects": {SITE: [OTHER, ...]}, "tenants": [SITE, ...], "keeper": {"user", "host",
"port"}, "web": URL, "jobs": N}. $MYSQL_PWD: the keeper's password. $TENANTCTL_PROC_NET: where the kernel lists sockets, if not in
/proc/net. Prints {"sites": {SITE: ...}, "services": [...]}, or {"error": TEXT}.
"""
import concurrent.futures
import ipaddress
import json
import os
import re
import socket
import struct
import subprocess
import sys
import urllib.parse

PATIENCE = 60  # seconds, for one session with the database server


def read_mapping(path):
    with open(path, encoding="utf-8") as file:
        values = json.load(file)
    if not isinstance(values, dict):
        raise ValueError("it holds no mapping")
    return values


def read_sites():
    """Of every site of the bench, a tenant's or not: its configuration, or the error that kept it from being read."""
    sites = {}
    for name in sorted(os.listdir("sites")):
        path = f"sites/{name}/site_config.json"
        if not os.path.lexists(path):
            continue
        try:
            sites[name] = read_mapping(path)
        except (OSError, ValueError) as error:
            sites[name] = {"unreadable": f"its site_config.json can't be read: {error}"}
    return sites


def identifier(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def ask(account, sql):
    """Rows and messages of a session that goes on behind errors. No option file: it could hold another password."""
    argv = ["mariadb", "--no-defaults", "--protocol=tcp", f"--host={account['host']}", f"--port={account['port']}",
            f"--user={account['user']}", "--connect-timeout=10", "--batch", "--raw", "--skip-column-names", "--force"]
    done = subprocess.run(argv, input=sql, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False,
                          env={**os.environ, "MYSQL_PWD": account["password"]})
    return [line.split("\t") for line in done.stdout.splitlines()], done.stderr.strip()


def chunks(items, size):
    return [items[i:i + size] for i in range(0, len(items), size)]


def unescaped(pattern):
    return re.sub(r"\\(.)", r"\1", pattern)


class Bench:
    def __init__(self, question):
        self.question = question
        self.common = read_mapping("sites/common_site_config.json") if os.path.exists("sites/common_site_config.json") else {}
        self.sites = read_sites()
        self.strangers = [name for name in self.sites if name not in question["tenants"]]

    def values(self, site):
        """As Frappe reads them: what is common to all sites, and the site's own over it. Raises ValueError where they can't be read."""
        own = self.sites.get(site, {"unreadable": "it has no site_config.json"})
        if own.get("unreadable"):
            raise ValueError(own["unreadable"])
        return {**self.common, **own}

    def account(self, site):
        """Where the site's own account logs in, and with what. Frappe names it as the database."""
        values = self.values(site)
        if values.get("db_type", "mariadb") != "mariadb":
            raise ValueError(f"its database is one of {values['db_type']}, which is not looked at")
        if not values.get("db_name") or not values.get("db_password"):
            raise ValueError("its site_config.json names no database or no password")
        if not all(isinstance(values.get(key, ""), str) and str(values.get(key, "")).isprintable() for key in ("db_name", "db_user", "db_password")):
            raise ValueError("its site_config.json has a db_name, db_user or db_password that is none")
        keeper = self.question["keeper"]
        return {"database": values["db_name"], "user": values.get("db_user", values["db_name"]), "password": values["db_password"],
                "host": values.get("db_host") or keeper["host"], "port": values.get("db_port") or keeper["port"]}

    def others_of(self, site):
        return [other for other in self.question["subjects"].get(site, []) + self.strangers if other != site]

    def look_as(self, site):
        """Logs in as the site, enters its own database, then tries those of the others, and reads its own rights."""
        try:
            account = self.account(site)
        except ValueError as error:
            return {"why_not": str(error)}
        doors, found = {}, {"doors": {}, "rights": [], "has_own_right": False}
        for other in self.others_of(site) if site in self.question["subjects"] else []:
            try:
                theirs = self.account(other)
            except ValueError as error:
                found["doors"][other] = str(error)
                continue
            if (theirs["host"], theirs["port"]) != (account["host"], account["port"]):
                found["doors"][other] = "its database is on another server, where this account was not tried"
            else:
                doors[other] = theirs["database"]
        lines = []
        for name in [account["database"], *doors.values()]:
            lines += [f"use {identifier(name)}", f"select 'in', database() = {literal(name)};"]
        lines += [
            "set @host = substring_index(current_user(), '@', -1);",
            "set @me = concat('''', left(current_user(), char_length(current_user()) - char_length(@host) - 1), '''@''', @host, '''');",
            "select 'right', privilege_type, '*.*', '' from information_schema.user_privileges where grantee = @me and privilege_type <> 'USAGE';",
            "select 'right', privilege_type, table_schema, '' from information_schema.schema_privileges where grantee = @me;",
            "select 'right', privilege_type, table_schema, table_name from information_schema.table_privileges where grantee = @me;",
            "select 'right', privilege_type, table_schema, table_name from information_schema.column_privileges where grantee = @me;",
            "select 'right', 'role', role_name, '' from information_schema.applicable_roles where grantee = current_user();",
            "select 'me', current_user();",
            "select 'end';",
        ]
        try:
            rows, said = ask(account, "\n".join(lines) + "\n")
        except subprocess.TimeoutExpired:
            rows, said = [], f"no answer within {PATIENCE} s"
        if ["end"] not in rows:
            return {"why_not": f"its account could not log in: {said.splitlines()[-1] if said else 'no answer'}"}
        entered = [row[1] == "1" for row in rows if row[0] == "in"]
        refusals = {int(line): text for text, line in re.findall(r"^(ERROR \d+ \(\w+\)) at line (\d+)", said, re.MULTILINE)}
        found["me"] = next(row[1] for row in rows if row[0] == "me")
        if not entered[0]:
            found["why_not"] = f"its account could not enter its own database: {refusals.get(1, 'no error')}"
        for number, other in enumerate(doors, start=1):
            error = refusals.get(2 * number + 1, "no error")
            found["doors"][other] = "entered" if entered[number] else "refused" if error.startswith("ERROR 1044 ") else error
        for _, right, schema, table in (row for row in rows if row[0] == "right"):
            is_pattern = "%" in schema.replace("\\%", "")
            if right != "role" and schema != "*.*" and not is_pattern and unescaped(schema) == account["database"]:
                found["has_own_right"] = True
            else:
                found["rights"].append(f"{right} on {unescaped(schema)}{'.' + table if table else ''}")
        return found

    def strangers_in_databases(self, found):
        """Accounts and roles that hold something in a subject's database and are not its own; as the keeper sees them."""
        keeper = {**self.question["keeper"], "password": os.environ.get("MYSQL_PWD", "")}
        accounts = {}
        for site in self.question["subjects"]:
            try:
                accounts[site] = self.account(site)
            except ValueError:
                pass
        rows, said, questions = [], "", {}
        for site, account in accounts.items():
            name = literal(account["database"])
            parts = [f"select db, user, host from mysql.db where {name} like db"]
            parts += [f"select db, user, host from mysql.{table} where db = {name}" for table in ("tables_priv", "columns_priv", "procs_priv")]
            questions[site] = f"select distinct 'holds', {literal(site)}, user, host from ({' union all '.join(parts)}) held;"
        for chunk in chunks(sorted(questions), 100):
            try:
                more, said = ask(keeper, "\n".join(questions[site] for site in chunk) + "\n")
            except subprocess.TimeoutExpired:
                more, said = [], f"no answer within {PATIENCE} s"
            rows += more
        for site in accounts:
            holders = [f"{user}@{host}" if host else f"role {user}" for kind, of, user, host in (row for row in rows if row[0] == "holds") if of == site]
            own = found[site].get("me")
            if own not in holders:
                found[site]["why_no_strangers"] = f"the keeper's account sees no rights of the site's own: {said.splitlines()[-1] if said else 'no error'}"
            found[site]["strangers"] = [holder for holder in holders if holder != own]

    def same(self, site, key):
        """Other sites of the bench with the same secret, whoever's they are. What can't be read is told of at the doors."""
        def secret(of):
            try:
                return self.values(of).get(key)
            except ValueError:
                return None
        value = secret(site)
        return [other for other in self.sites if other != site and value and secret(other) == value]

    def look(self):
        subjects = self.question["subjects"]
        met = set(subjects) | {other for site in subjects for other in self.others_of(site)}
        with concurrent.futures.ThreadPoolExecutor(max_workers=self.question["jobs"]) as pool:
            found = dict(zip(sorted(met), pool.map(self.look_as, sorted(met))))
        for site in subjects:
            found[site]["same_password"] = self.same(site, "db_password")
            found[site]["same_encryption_key"] = self.same(site, "encryption_key")
            found[site]["open_files"] = open_files(site)
        self.strangers_in_databases(found)
        return {"sites": found, "services": self.services()}

    def services(self):
        found = [web_server(self.question["web"])]
        for key in ("redis_cache", "redis_queue", "redis_socketio"):
            if self.common.get(key):
                found.append(redis(key, self.common[key]))
        return found


def is_reached_by_others(path):
    """Whether every folder that it lies in lets others of the host through."""
    folder = os.path.dirname(os.path.realpath(path))
    while True:
        if not os.stat(folder).st_mode & 0o001:
            return False
        if folder == "/":
            return True
        folder = os.path.dirname(folder)


def open_files(site):
    """What holds all of a site or the way to it, and others could read or write."""
    paths = [f"sites/{site}/site_config.json"]
    backups = f"sites/{site}/private/backups"
    if os.path.isdir(backups):
        paths += sorted(os.path.join(backups, name) for name in os.listdir(backups))
    found = []
    for path in paths:
        try:
            mode = os.stat(path).st_mode & 0o777
            if mode & 0o006 and is_reached_by_others(path):
                found.append(f"{path} has mode {mode:o}")
        except FileNotFoundError:  # a backup that has just been rotated away
            pass
    return found


def listening(port):
    """The addresses at which something on this host listens on that port, as the kernel lists them."""
    addresses = []
    for name, words in (("tcp", 1), ("tcp6", 4)):
        path = os.environ.get("TENANTCTL_PROC_NET", "/proc/net") + "/" + name
        if not os.path.exists(path):
            continue
        with open(path, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                address, number = fields[1].split(":")
                if fields[3] == "0A" and int(number, 16) == port:  # 0A: listening
                    packed = b"".join(struct.pack("=I", int(address[8 * i:8 * i + 8], 16)) for i in range(words))
                    addresses.append(ipaddress.ip_address(packed))
    return addresses


def is_loopback(address):
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def reached(port):
    """Where others than this host get at what listens on that port."""
    addresses = listening(port)
    if not addresses:
        return {"open": [], "why_not": f"nothing listens on port {port} of this host"}
    return {"open": [f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}" for address in addresses if not is_loopback(address)]}


def web_server(url):
    parts = urllib.parse.urlsplit(url)
    port = parts.port or 80
    return {"name": "web", "url": f"http://{parts.hostname}:{port}", **reached(port)}


def redis(key, url):
    """Whoever writes into a bench's queue has its workers run what he likes. Without a password nothing but loopback keeps others out."""
    parts = urllib.parse.urlsplit(str(url))
    if parts.scheme not in ("redis", "rediss"):
        return {"name": key, "url": str(url), "open": [], "why_not": "it is reached by another way than TCP, which is not looked at"}
    host, port = parts.hostname or "127.0.0.1", parts.port or 6379
    found = {"name": key, "url": f"redis://{host}:{port}", "open": []}
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            there = connection.getpeername()[0]
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64).decode(errors="replace").strip()
    except OSError as error:
        return {**found, "why_not": f"no Redis answers at {host}:{port}: {error}"}
    if answer.startswith(("-NOAUTH", "-DENIED")):
        return found
    if not answer.startswith("+PONG"):
        return {**found, "why_not": f"what answers at {host}:{port} is no Redis: {answer}"}
    if not is_loopback(ipaddress.ip_address(there.split("%")[0])):
        return {**found, "open": [f"{host}:{port}"]}
    return {**found, **reached(port)}


def main():
    try:
        os.chdir(os.path.expanduser(sys.argv[1]))
        print(json.dumps(Bench(json.load(sys.stdin)).look()))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}))


main()
