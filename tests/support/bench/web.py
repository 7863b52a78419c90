"""The web server of a bench, as far as provisioning meets it: routing by header, ping, maintenance, login."""
import json
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import users
from database import of_site
from site_files import Trouble, common, config, exists, fault


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def usable_site(self):
        """None where it has been answered already. The header wins over Host."""
        site = self.headers.get("X-Frappe-Site-Name") or self.headers.get("Host", "").split(":")[0]
        if fault("stale_workers"):
            return self.answer(500, "<h1>Internal Server Error</h1>", "text/html")
        if "/" in site or not site or not exists(site):
            return self.answer(404, f"{site} does not exist", "text/html")
        if config(site).get("maintenance_mode"):
            return self.answer(503, {"exc_type": "SessionStopped"})
        try:
            whole = of_site(site).run("select 1 from `__Auth` limit 1;")
        except (Trouble, KeyError) as trouble:
            down = "2003" in str(trouble)
            return self.answer(500 if down else 417, {"exc_type": "OperationalError" if down else "ProgrammingError"})
        return site if whole else self.answer(417, {"exc_type": "ProgrammingError"})

    def do_GET(self):
        site = self.usable_site()
        if site is None:
            return
        if self.path == "/api/method/ping":
            self.answer(200, {"message": "pong"})
        else:
            self.answer(200, f"{site} {self.path}", "text/html")

    def do_POST(self):
        fields = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        site = self.usable_site()
        if site is None:
            return
        if self.path != "/api/method/login":
            self.answer(404, {"exc_type": "DoesNotExistError"})
        elif users.accepts(of_site(site), fields.get("usr", [""])[0], fields.get("pwd", [""])[0]):
            self.answer(200, {"message": "Logged In", "home_page": "/app", "full_name": "Stand In"})
        else:
            self.answer(401, {"message": "Invalid login credentials", "exc_type": "AuthenticationError"})

    def log_message(self, *_):
        pass


def serve():
    server = ThreadingHTTPServer(("127.0.0.1", int(common().get("webserver_port", 8000))), Handler)
    server.daemon_threads = True
    print("listening", flush=True)
    server.serve_forever()
    return 0
