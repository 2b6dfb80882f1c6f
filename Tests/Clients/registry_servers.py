"""Servers beside a real registry, for tests in a lab.

registry_servers.py token FOLDER PORT    a token server over TLS, which signs with FOLDER/token.key (RS256, by openssl)
registry_servers.py proxy FOLDER PORT    an HTTP proxy, which writes what it is asked for to FOLDER/asked.log
"""

import base64
import http.server
import json
import select
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse

FOLDER = sys.argv[2]


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def signed(claims):
    """A JSON web token whose header carries the certificate that the registry trusts (RFC 7519, RFC 7515 x5c)."""
    pem = open(f"{FOLDER}/token.pem").read()
    certificate = "".join(line for line in pem.splitlines() if "-----" not in line)
    header = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    text = encoded(json.dumps(header).encode()) + b"." + encoded(json.dumps(claims).encode())
    sign = ["openssl", "dgst", "-sha256", "-sign", f"{FOLDER}/token.key"]
    return (text + b"." + encoded(subprocess.run(sign, input=text, capture_output=True, check=True).stdout)).decode()


class Quiet(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


class Token(Quiet):
    """`me` with `s3cret` may do all; anybody may pull what lies below `public/`."""

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        known = scheme == "Basic" and base64.b64decode(credentials) == b"me:s3cret"
        if scheme and not known:
            return self.answer(401, {"details": "incorrect username or password"})
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = scope.split(":", 2)
            allowed = actions.split(",") if known else ["pull"] if name.startswith("public/") else []
            access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        claims = {"iss": "lab", "sub": "me" if known else "", "aud": query["service"][0], "exp": now + 300,
                  "nbf": now - 10, "iat": now, "jti": str(time.time_ns()), "access": access}
        self.answer(200, {"token": signed(claims), "expires_in": 300})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Proxy(Quiet):
    def do_CONNECT(self):
        with open(f"{FOLDER}/asked.log", "a") as log:
            log.write(f"{self.command} {self.path}\n")
        host, _, port = self.path.partition(":")
        far = socket.create_connection((host, int(port)))
        self.send_response(200, "Connection established")
        self.end_headers()
        ends = {self.connection: far, far: self.connection}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return far.close()
                ends[end].sendall(data)


server = http.server.ThreadingHTTPServer(("", int(sys.argv[3])), Token if sys.argv[1] == "token" else Proxy)
if sys.argv[1] == "token":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/cert.pem", f"{FOLDER}/key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
