"""CPython's asynchat, the ancestor: echoes CRLF lines. It was removed in Python 3.12.

    python3.11 asynchat_echo.py 7711
"""
import asynchat
import asyncore
import resource
import socket
import sys


class Session(asynchat.async_chat):
    ac_in_buffer_size = 65536
    ac_out_buffer_size = 65536

    def __init__(self, sock):
        super().__init__(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.set_terminator(b"\r\n")
        self.line = []

    def collect_incoming_data(self, data):
        self.line.append(data)

    def found_terminator(self):
        self.push(b"".join(self.line) + b"\r\n")
        self.line.clear()

    def handle_error(self):
        self.close()


class Server(asyncore.dispatcher):
    def __init__(self, port):
        super().__init__()
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.set_reuse_addr()
        self.bind(("127.0.0.1", port))
        self.listen(4096)

    def handle_accepted(self, sock, addr):
        Session(sock)


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
Server(int(sys.argv[1]))
asyncore.loop(use_poll=True)
