"""An nginx that answers every POST with one fixed 200, plain and over TLS, for the length of a `with` block."""

import contextlib
import pathlib
import socket
import subprocess
import time

ANSWER = '{"MessageId":"0100018f-4a3b2c1d-00000000-0000-4000-8000-000000000000-000000"}'

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_buffer_size 64k;
    client_body_temp_path {folder};
    proxy_temp_path {folder};
    fastcgi_temp_path {folder};
    uwsgi_temp_path {folder};
    scgi_temp_path {folder};
    server {{
        listen 127.0.0.1:{plain};
        listen 127.0.0.1:{secure} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{ default_type application/json; return 200 '{answer}'; }}
    }}
}}
"""


@contextlib.contextmanager
def nginx(folder):
    """Yields the URLs of the plain and the TLS port, and the file with the certificate to trust."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # The worker runs as another user.
    folder.chmod(0o755)
    certificate = folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
         folder / "key.pem", "-out", certificate],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    plain, secure = free_ports(2)
    configuration = folder / "nginx.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder, plain=plain, secure=secure, answer=ANSWER))
    server = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", configuration])
    try:
        wait_until_open(server, secure)
        yield f"http://127.0.0.1:{plain}", f"https://localhost:{secure}", certificate
    finally:
        server.terminate()
        server.wait()


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_until_open(server, port):
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit("nginx did not start")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit("nginx does not answer")
