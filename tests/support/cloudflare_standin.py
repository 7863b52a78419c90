#!/usr/bin/python3
"""Stand-in for the DNS part of the Cloudflare v4 API, in memory.
usage: fake_cf.py PORT TOKEN ZONE[,ZONE...] [--limit N --window SECONDS] [--cert CERT KEY]
Codes 6003/6111, 7003, 9005, 9021, 10000 (403), 81044, 81053, 81054, 81058 are as seen in public reports; 9000, 9207, 10405, 10013 and
the code of the 429 body are invented, clients should act on the HTTP status there.  Older accounts answered 81057 for 81058.
Base path /client/v4.  GET /zones?name=, GET /user/tokens/verify, and on /zones/ID/dns_records: GET (list, filters,
paging), POST, and on /dns_records/ID: GET, PUT, PATCH, DELETE, and POST /dns_records/batch.
Test controls (no token): POST /_test/fail {"status":500,"times":2,"delay_ms":0,"after":false,"change":false} (0: the connection is cut; after: once
the request was done; change: changes alone), GET /_test/log, GET and POST /_test/records."""
import argparse, datetime, hashlib, ipaddress, json, re, ssl, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ap = argparse.ArgumentParser()
ap.add_argument("port", type=int); ap.add_argument("token"); ap.add_argument("zones")
ap.add_argument("--limit", type=int, default=1200); ap.add_argument("--window", type=float, default=300)
ap.add_argument("--cert", nargs=2)
a = ap.parse_args()
zone_ids = {hashlib.md5(z.encode()).hexdigest(): z for z in a.zones.split(",")}
records = {z: {} for z in zone_ids}
lock, serial, hits, log = threading.Lock(), [0], [], []
faults = {"status": 0, "times": 0, "delay_ms": 0, "after": False, "change": False}

def now(): return datetime.datetime.utcnow().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
class Err(Exception):
    def __init__(self, http, code, message, chain=None):
        self.http = http; self.e = {"code": code, "message": message}
        if chain: self.e["error_chain"] = chain

def canonical(zone, r):
    name = str(r.get("name", "")).rstrip(".").lower()
    if name in ("", "@"): name = zone
    if name != zone and not name.endswith("." + zone): name += "." + zone      # short names are completed
    return name

def validate(zid, r, own=None):
    zone, t = zone_ids[zid], r.get("type")
    if t not in ("A", "AAAA", "CNAME", "TXT", "MX", "NS", "CAA", "SRV"): raise Err(400, 9000, "DNS name or record type is invalid.")
    name, content, ttl = canonical(zone, r), str(r.get("content", "")), r.get("ttl", 1)
    if not re.fullmatch(r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]+", name): raise Err(400, 9000, "DNS name is invalid.")
    for typ, cls, what in (("A", ipaddress.IPv4Address, "IPv4"), ("AAAA", ipaddress.IPv6Address, "IPv6")):
        if t == typ:
            try: cls(content)
            except ValueError: raise Err(400, 9005, f"Content for {typ} record must be a valid {what} address.")
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not (ttl == 1 or 60 <= ttl <= 86400):
        raise Err(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.")
    for o in records[zid].values():
        if o["id"] == own or o["name"] != name: continue
        if o["type"] == t and o["content"] == content: raise Err(400, 81058, "An identical record already exists.")
        if o["type"] == "CNAME" and t in ("A", "AAAA"): raise Err(400, 81054, "A CNAME record with that host already exists.")
        if t == "CNAME": raise Err(400, 81053, "An A, AAAA, or CNAME record with that host already exists.")
    return name, content, ttl

def build(zid, r, old=None):
    if old and r.get("type") != old["type"]: raise Err(400, 1004, "Record type cannot be changed.")   # removed from the API 2026-06-30; code and text invented
    name, content, ttl = validate(zid, r, old["id"] if old else None)
    serial[0] += 1
    return {"id": old["id"] if old else hashlib.md5(f"{zid}{serial[0]}".encode()).hexdigest(), "name": name, "type": r["type"], "content": content,
            "proxiable": r["type"] in ("A", "AAAA", "CNAME"), "proxied": bool(r.get("proxied", False)), "ttl": 1 if r.get("proxied") else ttl,
            "settings": {}, "meta": {}, "comment": r.get("comment"), "tags": r.get("tags", []),
            "created_on": old["created_on"] if old else now(), "modified_on": now()}

class H(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    fault = None
    def fail(self, status):
        self.fault = None
        if status: return self.reply(status, {"success": False, "errors": [{"code": 10013, "message": "internal error"}], "messages": [], "result": None}, [("retry-after", "1")])
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"); self.wfile.flush()
    def reply(self, http, body, headers=()):
        if self.fault and self.fault["after"]: return self.fail(self.fault["status"])
        b = json.dumps(body).encode(); self.send_response(http)
        for k, v in (("Content-Type", "application/json"), ("Content-Length", str(len(b))), *headers): self.send_header(k, v)
        self.end_headers(); self.wfile.write(b)
    def ok(self, result, info=None):
        b = {"result": result, "success": True, "errors": [], "messages": []}
        if info: b["result_info"] = info
        self.reply(200, b)
    def run(self):
        n = int(self.headers.get("Content-Length") or 0); raw = self.rfile.read(n); u = urlsplit(self.path); q = {k: v[-1] for k, v in parse_qs(u.query).items()}
        try:
            if u.path.startswith("/_test/"): return self.control(u.path, raw)
            with lock:
                log.append([self.command, self.path, raw.decode("utf-8", "replace")])
                t = time.monotonic(); hits[:] = [h for h in hits if t - h < a.window]
                if len(hits) >= a.limit:
                    wait = int(a.window - (t - hits[0])) + 1
                    return self.reply(429, {"success": False, "errors": [{"code": 10000, "message": f"More than {a.limit} requests per {int(a.window)} seconds reached. Please wait and consider throttling your request speed"}], "messages": [], "result": None}, [("retry-after", str(wait)), ("Ratelimit", f'"default";r=0;t={wait}')])
                hits.append(t)
                failing = faults["times"] > 0 and (self.command != "GET" or not faults["change"])
                if failing: faults["times"] -= 1
                self.fault = dict(faults) if failing else None
            if self.fault and self.fault["delay_ms"]: time.sleep(self.fault["delay_ms"] / 1000)
            if self.fault and not self.fault["after"] and not self.fault["delay_ms"]: return self.fail(self.fault["status"])
            auth = self.headers.get("Authorization")
            if not auth or not re.fullmatch(r"Bearer [A-Za-z0-9_-]{40,}", auth):
                raise Err(400, 6003, "Invalid request headers", [{"code": 6111, "message": "Invalid format for Authorization header"}])
            if auth == "Bearer read-only-" + a.token and self.command == "GET": auth = "Bearer " + a.token
            if auth != "Bearer " + a.token: raise Err(403, 10000, "Authentication error")
            body = None
            if raw:
                try: body = json.loads(raw)
                except ValueError: raise Err(400, 9207, "Request body is invalid.")
            with lock: self.route(u.path, q, body)
        except Err as e: self.reply(e.http, {"result": None, "success": False, "errors": [e.e], "messages": []})
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = run
    def control(self, path, raw):
        if path == "/_test/records":
            zid = next(iter(records))
            with lock:
                if raw:
                    change = json.loads(raw)
                    for r in list(records[zid].values()):
                        if change.get("remove") and all(r[k] == v for k, v in change["remove"].items()): del records[zid][r["id"]]
                    if change.get("add"): r = build(zid, change["add"]); records[zid][r["id"]] = r
                return self.ok(list(records[zid].values()))
        if path == "/_test/fail": faults.update({"delay_ms": 0, "after": False, "change": False, **json.loads(raw)}); return self.ok({})
        return self.ok(log)
    def route(self, path, q, body):
        p = path.split("/")[1:]
        if p[:2] != ["client", "v4"]: raise Err(404, 7000, "No route for that URI")
        p = p[2:]; m = self.command
        if p == ["user", "tokens", "verify"]: return self.ok({"id": "t", "status": "active"})
        if p == ["zones"] and m == "GET":
            zs = [{"id": i, "name": z, "status": "active"} for i, z in zone_ids.items() if q.get("name") in (None, z)]
            return self.ok(zs, {"page": 1, "per_page": 20, "count": len(zs), "total_count": len(zs), "total_pages": 1})
        if len(p) < 3 or p[0] != "zones" or p[1] not in zone_ids or p[2] != "dns_records":
            raise Err(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")
        zid = p[1]; rs = records[zid]
        if len(p) == 3 and m == "GET":
            f = [r for r in rs.values() if all(r[k] == q[k].lower() if k == "name" else r[k] == q[k] for k in ("type", "name", "content") if k in q)
                 and ("name.contains" not in q or q["name.contains"] in r["name"])]
            page, per = int(q.get("page", 1)), int(q.get("per_page", 100)); cut = f[(page - 1) * per:page * per]
            return self.ok(cut, {"page": page, "per_page": per, "count": len(cut), "total_count": len(f), "total_pages": -(-len(f) // per)})
        if len(p) == 3 and m == "POST": r = build(zid, body or {}); rs[r["id"]] = r; return self.ok(r)
        if p[3:] == ["batch"] and m == "POST":
            keep, out = dict(rs), {"deletes": [], "patches": [], "puts": [], "posts": []}
            try:
                for d in body.get("deletes", []): out["deletes"].append(self.take(rs, d["id"]))
                for k in ("patches", "puts"):
                    for d in body.get(k, []): old = rs.get(d["id"]) or self.take(rs, d["id"]); r = build(zid, {**old, **d} if k == "patches" else d, old); rs[r["id"]] = r; out[k].append(r)
                for d in body.get("posts", []): r = build(zid, d); rs[r["id"]] = r; out["posts"].append(r)
            except Err: rs.clear(); rs.update(keep); raise                                  # one transaction
            return self.ok(out)
        if len(p) == 4:
            if m == "DELETE": return self.ok({"id": self.take(rs, p[3])["id"]})
            old = rs.get(p[3])
            if not old: raise Err(404, 81044, "Record does not exist.")
            if m == "GET": return self.ok(old)
            if m in ("PUT", "PATCH"): r = build(zid, {**old, **body} if m == "PATCH" else body, old); rs[r["id"]] = r; return self.ok(r)
        raise Err(405, 10405, "Method not allowed for this authentication scheme")
    @staticmethod
    def take(rs, i):
        if i not in rs: raise Err(404, 81044, "Record does not exist.")
        return rs.pop(i)

class Server(ThreadingHTTPServer): request_queue_size = 256; daemon_threads = True
s = Server(("127.0.0.1", a.port), H)
if a.cert:
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); ctx.load_cert_chain(*a.cert); s.socket = ctx.wrap_socket(s.socket, server_side=True)
print("listens", flush=True)
s.serve_forever()
