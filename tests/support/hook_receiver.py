#!/usr/bin/python3
"""A receiver of webhooks for tests, on loopback: each request becomes FOLDER/NNNN.json, with its path, headers and body.
usage: hook_receiver.py PORT FOLDER [CERT KEY]
It answers with the status that FOLDER/answer holds, else 204; with "redirect" it sends the asker on to /elsewhere, with "slow" it answers after
a minute, with "half" it closes the connection in the middle of its answer."""
import glob, http.server, itertools, json, os, ssl, sys, time

port, folder = int(sys.argv[1]), sys.argv[2]
numbers = itertools.count(len(glob.glob(os.path.join(folder, "*.json"))) + 1)  # it may have been stopped meanwhile


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        base = os.path.join(folder, f"{next(numbers):04d}")
        with open(base + ".tmp", "w") as file:
            json.dump({"path": self.path, "headers": {key.lower(): value for key, value in self.headers.items()}, "body": body}, file)
        os.rename(base + ".tmp", base + ".json")
        try:
            answer = open(os.path.join(folder, "answer")).read().strip()
        except FileNotFoundError:
            answer = "204"
        if answer == "slow":
            time.sleep(60)
        if answer == "half":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True
            return
        status = 302 if answer == "redirect" else 200 if answer == "slow" else int(answer.split()[0])
        self.send_response(status)
        if answer == "redirect":
            self.send_header("Location", "/elsewhere")
        if " " in answer:
            self.send_header("Retry-After", answer.split()[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("listens", flush=True)
server.serve_forever()
