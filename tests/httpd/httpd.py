# SPDX-License-Identifier: Apache-2.0
"""One private httpd: its own ServerRoot in a temporary folder, its own ports, nothing shared with
the system's Apache. Paths come from the environment that tests/httpd/run sets."""
import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HTTPD = os.environ["DIGIT_HTTPD"]
HTTPD_MODULES = pathlib.Path(os.environ["DIGIT_HTTPD_MODULES"])
MODULE = os.environ["DIGIT_MODULE"]
WWW = os.environ["DIGIT_WWW"]
PRELOAD = os.environ.get("DIGIT_PRELOAD")

BAD_LEVEL = re.compile(r"\[[a-z0-9_]*:(warn|error|crit|alert|emerg)\]|^(?!\[)")
# What httpd itself says on machines such as these, whatever the module does; and what a build for
# measuring adds (tests/analysis.sh).
ALWAYS_ALLOWED = [
    *filter(None, [os.environ.get("DIGIT_LOG_ALLOWED")]),
    r"AH00098: pid file .* overwritten",
    r"AH01882: Init: this version of mod_ssl was compiled against a newer library",
    # The event MPM, stopped at once, closes sockets that its threads are about to close.
    r"mpm_event:error\].*\(9\)Bad file descriptor: AH0309[23]: .*apr_pollset_add failure",
    # The worker MPM, without any module that serves too, miscounts its children where one restart
    # follows another within some 50 ms and a child takes the slot of one that is ending.
    r"core:error\].*AH00546: no record of generation \d+ of exiting child",
]
START_SECONDS = 20
RESUMES = "resuming normal operations"

BASE = """
ServerRoot {root}
ServerName localhost
PidFile {root}/logs/httpd.pid
DefaultRuntimeDir {root}/logs
ErrorLog {root}/logs/error_log
LogLevel info
DocumentRoot {root}/htdocs
Listen 127.0.0.1:{port}
{user}
LoadModule mpm_{mpm}_module {modules}/mod_mpm_{mpm}.so
{load}
LoadModule digit_module {module}
StartServers 1
GracefulShutdownTimeout 2
"""


handed_out = set()


def below_ephemeral_ports():
    """Where the kernel takes no port for an outgoing connection, from Linux's own setting."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        first = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        if first > 20000:
            return range(10000, first)
    return range(10000, 32768)


def free_port():
    """A port that nobody listens at, and that no connection of another test will be given while
    nobody does; one that was handed out already is not handed out again."""
    while True:
        port = random.choice(below_ephemeral_ports())
        if port in handed_out:
            continue
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            handed_out.add(port)
            return port


def pipes(pid):
    """The pipes that a process has, but for its standard streams; none if it has ended."""
    found = set()
    with contextlib.suppress(OSError):
        for number in set(os.listdir(f"/proc/{pid}/fd")) - {"0", "1", "2"}:
            with contextlib.suppress(OSError):
                found.add(os.readlink(f"/proc/{pid}/fd/{number}"))
    return {name for name in found if name.startswith("pipe:")}


class Httpd:
    def __init__(self, mpm, modules=()):
        self.mpm = mpm
        self.modules = ["authz_core", *modules]
        # Most tests serve networks that answer one digit to every picture.
        self.directives = f"DigitPageDir {WWW}\nDigitMinGolden 0\n"
        # Not pytest's own folder, which the workers' user may not enter.
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="digit-httpd-"))
        self.root.chmod(0o755)
        for folder in ("logs", "htdocs", "tmp"):
            (self.root / folder).mkdir()
        (self.root / "tmp").chmod(0o1777)
        self.ports = {"port": free_port()}
        self.process = None
        self.expected = []
        self.log_offset = 0

    @property
    def port(self):
        return self.ports["port"]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def add_listener(self, name):
        self.ports[name] = free_port()
        self.directives += f"Listen 127.0.0.1:{self.ports[name]}\n"

    def formatted(self, text):
        return text.format(root=self.root, **self.ports)

    def write(self, name, content):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def write_config(self):
        load = "\n".join(f"LoadModule {m}_module {HTTPD_MODULES}/mod_{m}.so" for m in self.modules)
        base = self.formatted(BASE.replace("{mpm}", self.mpm).replace("{modules}", str(HTTPD_MODULES))
                              .replace("{module}", MODULE).replace("{load}", load)
                              .replace("{user}", "User www-data\nGroup www-data"
                                       if os.geteuid() == 0 else ""))
        self.write("httpd.conf", (base + self.directives).encode())

    def command(self, *arguments):
        return [HTTPD, "-d", str(self.root), "-f", str(self.root / "httpd.conf"), *arguments]

    def environment(self):
        environment = {**os.environ, "TMPDIR": str(self.root / "tmp")}
        if PRELOAD:  # a sanitizer's runtime has to come before everything else
            environment["LD_PRELOAD"] = PRELOAD
        return environment

    def configtest(self):
        """Exit status and messages of `apachectl configtest`."""
        self.write_config()
        done = subprocess.run(self.command("-t"), capture_output=True, text=True, timeout=60,
                              env=self.environment())
        return done.returncode, done.stderr

    def try_start(self):
        """Starts, or returns the exit status and what the terminal was told."""
        self.write_config()
        # In a session of its own, for httpd ends by a signal to its whole process group.
        self.process = subprocess.Popen(self.command("-DFOREGROUND"), stderr=subprocess.PIPE,
                                        text=True, env=self.environment(), start_new_session=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                process, self.process = self.process, None
                return process.returncode, process.stderr.read()
            if RESUMES in self.error_log():
                return None
            time.sleep(0.02)
        raise TimeoutError("httpd neither started nor ended\n" + self.error_log())

    def start(self):
        failure = self.try_start()
        assert failure is None, f"httpd did not start: {failure}\n{self.error_log()}"

    def workers(self):
        """The process ids of httpd's children."""
        pid = self.process.pid
        return set(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def graceful(self):
        """A graceful restart; returns when the workers of before, who go on answering until they
        are told, have ended: no connection may be open."""
        starts = self.error_log().count(RESUMES)
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + START_SECONDS
        while self.error_log().count(RESUMES) == starts:
            assert self.process.poll() is None, "httpd ended\n" + self.error_log()
            assert time.monotonic() < deadline, "no graceful restart\n" + self.error_log()
            time.sleep(0.02)
        # Workers are told to go by a pipe; after a restart it is another one.
        while any((its := pipes(pid)) and not its & pipes(self.process.pid)
                  for pid in self.workers()):
            assert time.monotonic() < deadline, "workers stay\n" + self.error_log()
            time.sleep(0.02)

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    @contextlib.contextmanager
    def running(self):
        """Started, and when it is done with, gone."""
        try:
            self.start()
            yield self
        finally:
            self.stop()
            self.remove()

    def remove(self):
        shutil.rmtree(self.root)

    def log(self, name):
        path = self.root / "logs" / name
        return path.read_text(errors="replace") if path.exists() else ""

    def error_log(self):
        return self.log("error_log")

    def expect(self, pattern):
        """Announces that this test makes the server log a line of warning or worse."""
        self.expected.append(pattern)

    def unexpected_lines(self):
        """The bad lines since the last call that nobody announced, and what was announced in vain."""
        # httpd writes the log before it answers, but the answer may overtake a closing connection.
        text = self.error_log()
        new, self.log_offset = text[self.log_offset:], len(text)
        bad = [line for line in new.splitlines() if BAD_LEVEL.search(line)]
        left = [line for line in bad
                if not any(re.search(p, line) for p in (*self.expected, *ALWAYS_ALLOWED))]
        left += [f"announced, but not there: {p}" for p in self.expected
                 if not any(re.search(p, line) for line in bad)]
        self.expected = []
        return left

    def raw(self, request, port="port", wait=5):
        """Sends bytes as they are and returns all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.ports[port]), timeout=wait) as s:
            s.sendall(request)
            answer = b""
            try:
                while block := s.recv(65536):
                    answer += block
            except TimeoutError:
                pass
            return answer
