"""Where alerts go: an SMTP relay and an HTTP receiver that live in a node's namespace, with bad manners on request."""

import hashlib
import hmac
import json
import socket
import ssl
import threading

from lines import PATIENCE_S
from netns import inside


class Receiver:
    """Accepts on one address; each connection has a thread of its own. Ends with close()."""

    def __init__(self, node, address, port, family=socket.AF_INET, tls=None):
        self._changed = threading.Condition()
        self._tls = tls
        self._open = set()
        self.connections = 0

        def listen():
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, port))
            listener.listen(64)
            return listener

        self._listener = inside(node.namespace, listen)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                self.connections += 1
                self._open.add(one)
                self._changed.notify_all()
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one):
        try:
            self.talk(self._tls.wrap_socket(one, server_side=True) if self._tls else one)
        except (OSError, ValueError, ssl.SSLError):
            pass
        finally:
            self._open.discard(one)
            one.close()

    def _note(self, change):
        with self._changed:
            change()
            self._changed.notify_all()

    def wait(self, claim, what, timeout=PATIENCE_S):
        """Until claim() holds; it is looked at after each change."""
        with self._changed:
            assert self._changed.wait_for(claim, timeout), f"{what}; so far: {self.so_far()}"

    def so_far(self):
        return f"{self.connections} connections"

    def close(self):
        self._listener.close()
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Relay(Receiver):
    """RFC 5321, as much of it as a mail needs. `replies` maps the begin of a command to replies used up in order."""

    def __init__(self, node, address, port=25, replies=(), manner=None, family=socket.AF_INET):
        self.mails = []  # (envelope sender, recipients, text)
        self.commands = []
        self.replies = {command: list(all_of_it) for command, all_of_it in dict(replies).items()}
        self.manner = manner
        super().__init__(node, address, port, family)

    def so_far(self):
        return f"{len(self.mails)} mails, commands {self.commands}"

    def _reply(self, command, usual):
        for begin, left in self.replies.items():
            if command.startswith(begin) and left:
                return left.pop(0)
        return usual

    def talk(self, one):
        if self.manner:
            return self.manner(one)
        file = one.makefile("rb")
        sender, recipients = None, []

        def say(text):
            one.sendall(text.encode() + b"\r\n")

        say(self._reply("GREETING", "220 relay ready"))
        for line in file:
            command = line.decode().rstrip("\r\n")
            self._note(lambda: self.commands.append(command))
            verb = command.split(" ")[0].split(":")[0].upper()
            reply = self._reply(command, {"EHLO": "250-relay\r\n250 8BITMIME", "HELO": "250 relay", "DATA": "354 go on",
                                          "QUIT": "221 bye"}.get(verb, "250 ok"))
            if reply is None:
                return None
            good = reply.startswith("2")
            if verb == "MAIL" and good:
                sender, recipients = command[10:].split(">")[0].lstrip("<"), []
            if verb == "RCPT" and good:
                recipients.append(command[8:].strip("<>"))
            say(reply)
            if verb == "DATA" and reply.startswith("354"):
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    more = file.readline()
                    if not more:
                        return None
                    text += more
                end = self._reply("END", "250 taken")
                if end is None:
                    return None
                if end.startswith("2"):
                    mail = (sender, tuple(recipients), text[:-3].decode())
                    self._note(lambda: self.mails.append(mail))
                say(end)
            if verb == "QUIT":
                return None
        return None


class Hook(Receiver):
    """An HTTP receiver that checks signatures. `replies`: status lines and headers used up in order."""

    def __init__(self, node, address, port=8080, key=None, replies=(), manner=None, tls=None):
        self.requests = []  # (path, headers, body)
        self.key = key
        self.replies = list(replies)
        self.manner = manner
        super().__init__(node, address, port, tls=tls)

    def so_far(self):
        return f"{[(one['subject'], one['state']) for one in self.bodies()]}"

    def bodies(self):
        return [json.loads(body) for _, _, body in self.requests]

    def states(self, subject="VI_1"):
        """What was delivered: states in the order of arrival, each event once."""
        seen = {}
        for body in self.bodies():
            if body["subject"] == subject:
                seen.setdefault(body["id"], body["state"])
        return list(seen.values())

    def is_signed(self, request):
        _, headers, body = request
        wanted = hmac.new(self.key, headers["x-holdfast-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(headers["x-holdfast-signature"], "sha256=" + wanted)

    def talk(self, one):
        if self.manner:
            return self.manner(one)
        file = one.makefile("rb")
        method, path, _ = file.readline().decode().split()
        headers = {}
        for line in file:
            if line == b"\r\n":
                break
            name, value = line.decode().rstrip("\r\n").split(": ", 1)
            headers[name.lower()] = value
        body = file.read(int(headers.get("content-length", 0)))
        reply = self.replies.pop(0) if self.replies else "200 OK"
        if method == "POST" and reply is not None:
            self._note(lambda: self.requests.append((path, headers, body)))
        if reply is not None:
            one.sendall(f"HTTP/1.1 {reply}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        return None
