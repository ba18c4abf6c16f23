# SPDX-License-Identifier: Apache-2.0
"""conf/cluster's balancer and three servers behind it, as httpd processes of this machine, and
clients that keep asking."""
import http.client
import os
import signal
import subprocess
import threading
import time

import examples
from httpd import Httpd
from pictures import seven
from weights import constant_model

SERVERS = ("http://10.0.0.11:80", "http://10.0.0.12:80", "http://10.0.0.13:80")


class Backend(Httpd):
    def __init__(self):
        super().__init__("event")
        self.write("mime.types", b"")
        self.write("seven.safetensors", constant_model(7))
        examples.take(self, "cluster/backend.conf.example",
                      {"*:80": f"*:{self.port}", "10.0.0.0/24": "127.0.0.1"})
        # One process beside the parent: what a dying server may cost is counted in processes.
        self.directives = ("MaxRequestWorkers 25\nMinSpareThreads 1\nMaxSpareThreads 50\n"
                           f"DigitModel {self.root}/seven.safetensors\n"
                           'LogFormat "%U %s" answered\n'
                           f"CustomLog {self.root}/logs/access_log answered\n" + self.directives)

    def answered(self):
        return self.log("access_log").count("/curl-api 200")

    def kill(self):
        """As a machine that loses its power: all processes at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        (self.root / "logs/error_log").unlink()  # where start() looks whether it has started

    def stop_gracefully(self):
        self.process.send_signal(signal.SIGWINCH)
        self.process.wait(timeout=20)
        self.process = None
        (self.root / "logs/error_log").unlink()


class Balancer(Httpd):
    """In front of the servers at these addresses."""

    def __init__(self, addresses):
        super().__init__("event")
        self.write("mime.types", b"")
        examples.take(self, "cluster/balancer.conf.example", {
            "*:80": f"*:{self.port}",
            "hcinterval=2": "hcinterval=1",
            **dict(zip(SERVERS, addresses)),
        })

    def drain(self, *arguments):
        return subprocess.run([examples.CONF / "cluster/drain", self.url, *arguments], check=True,
                              capture_output=True, text=True, timeout=90).stdout


class Clients:
    """Each sends its next picture when it has the answer to the last. One that gets no answer, or
    502 or 503, asks again, as a client of a service that changes nothing may; that is counted."""

    def __init__(self, url, count):
        self.address = url.removeprefix("http://")
        self.enough = threading.Event()
        self.answers = 0
        self.asked_again = []
        self.wrong = []
        self.threads = [threading.Thread(target=self.ask_on) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def ask_on(self):
        picture = seven()
        connection = http.client.HTTPConnection(self.address, timeout=30)
        while not self.enough.is_set():
            for attempt in range(5):
                try:
                    connection.request("POST", "/curl-api", picture)
                    answer = connection.getresponse()
                    body = answer.read()
                    failure = None if answer.status not in (502, 503) else answer.status
                except (http.client.HTTPException, OSError) as error:
                    connection.close()
                    failure = repr(error)
                if failure is None:
                    break
                self.asked_again.append(failure)
                time.sleep(0.01)
            if failure is not None:
                self.wrong.append(failure)
            elif answer.status != 200 or b'"prediction":7' not in body:
                self.wrong.append((answer.status, body))
            self.answers += 1

    def asked_again_since(self):
        """How often it was asked again since the last call."""
        new, self.asked_again = self.asked_again, []
        return new
