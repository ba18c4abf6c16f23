# SPDX-License-Identifier: Apache-2.0
"""The counters: /metrics, /server-status, exact across processes and restarts."""
import base64
import concurrent.futures
import os
import re
import signal
import time

import pytest
import requests

from pictures import blank, form, seven
from tensors import bytes_tensor, binary_request
from weights import constant_model

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z_0-9]+="(?:[^"\\]|\\.)*",?)+\})? ([0-9.e+-]+|\+Inf)$')


def metrics(server, path="/digit/metrics"):
    answer = requests.get(server.url + path, timeout=10)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    samples = {}
    for line in answer.text.splitlines():
        if line.startswith("#"):
            assert re.match(r"^# (HELP|TYPE) digit_[a-z_]+ ", line)
            continue
        match = SAMPLE.match(line)
        assert match, line
        key = match[1] + (match[2] or "")
        assert key not in samples
        samples[key] = float(match[3])
    return samples


def grown(before, after):
    return {k: v - before.get(k, 0) for k, v in after.items()
            if v != before.get(k, 0) and "duration" not in k and 'handler="metrics"' not in k}


def post_form(server, *files, path="/digit/curl-api"):
    body, content_type = form(*files)
    return requests.post(server.url + path, data=body, timeout=10,
                         headers={"Content-Type": content_type})


def test_every_answer_is_counted_once_and_before_it_is_had(site):
    before = metrics(site)
    post_form(site, seven(), blank(), seven(image_format="GIF"))
    post_form(site, b"hello")
    post_form(site, seven(image_format="JPEG"), path="/digit/")
    requests.get(site.url + "/digit/", timeout=10)
    etag = requests.get(site.url + "/digit/static/digit.css", timeout=10).headers["ETag"]
    requests.get(site.url + "/digit/static/digit.css", headers={"If-None-Match": etag}, timeout=10)
    requests.get(site.url + "/digit/nothing", timeout=10)
    requests.get(site.url + "/digit", timeout=10, allow_redirects=False)
    requests.options(site.url + "/digit/curl-api", timeout=10)
    requests.post(site.url + "/digit/v2/models/digit/infer", timeout=10,
                  data=b'{"inputs":[{"name":"pixels","datatype":"UINT8","shape":[2,28,28],"data":['
                  + b",".join([b"9"] * 1568) + b"]}]}")
    assert grown(before, metrics(site)) == {
        'digit_http_requests_total{handler="curl-api",code="200"}': 1,
        'digit_http_requests_total{handler="curl-api",code="204"}': 1,
        'digit_http_requests_total{handler="curl-api",code="415"}': 1,
        'digit_http_requests_total{handler="page",code="200"}': 2,
        'digit_http_requests_total{handler="page",code="308"}': 1,
        'digit_http_requests_total{handler="static",code="200"}': 1,
        'digit_http_requests_total{handler="static",code="304"}': 1,
        'digit_http_requests_total{handler="unknown",code="404"}': 1,
        'digit_http_requests_total{handler="infer",code="200"}': 1,
        'digit_images_total{format="png"}': 1,
        'digit_images_total{format="gif"}': 1,
        'digit_images_total{format="jpeg"}': 1,
        'digit_images_total{format="pixels"}': 2,
        'digit_predictions_total{digit="7"}': 5,
        'digit_rejected_total{reason="blank-image"}': 1,
        'digit_rejected_total{reason="not-an-image"}': 1,
        'digit_rejected_total{reason="unknown-path"}': 1,
    }


def test_durations_are_histograms_of_some_requests(site):
    for _ in range(100):
        post_form(site, seven())
    samples = metrics(site)
    names = ["digit_request_duration_seconds"]
    labels = [""]
    for stage in ("body", "decode", "frame", "network", "answer"):
        names.append("digit_stage_duration_seconds")
        labels.append(f'stage="{stage}"')
    for name, label in zip(names, labels):
        pattern = re.compile(re.escape(f'{name}_bucket{{{label}') + r',?le="([^"]+)"}$')
        buckets = [(float(m[1].replace("+Inf", "inf")), v) for k, v in samples.items()
                   if (m := pattern.match(k))]
        assert len(buckets) == 15
        assert [b for b, _ in buckets] == sorted(b for b, _ in buckets)
        assert [v for _, v in buckets] == sorted(v for _, v in buckets)
        braces = f"{{{label}}}" if label else ""
        assert samples[f"{name}_count{braces}"] == buckets[-1][1] > 0
        assert samples[f"{name}_sum{braces}"] > 0


def test_the_model_of_the_place_is_told(site):
    text = requests.get(site.url + "/digit/metrics", timeout=10).text
    line = [l for l in text.splitlines() if l.startswith("digit_model_info{")]
    assert len(line) == 1 and 'architecture="784-10"' in line[0] and line[0].endswith(" 1")
    digest = re.search('sha256="([0-9a-f]{64})"', line[0])[1]
    other = requests.get(site.url + "/eight/metrics", timeout=10).text
    assert digest not in other and "digit_model_info" in other


def status_lines(server):
    text = requests.get(server.url + "/server-status?auto", timeout=10).text
    return {k: int(v) for k, v in re.findall(r"^(Digit\w+): (\d+)$", text, re.MULTILINE)}


def test_server_status_has_a_section(site):
    before = status_lines(site)
    post_form(site, seven())
    post_form(site, b"hello")
    after = status_lines(site)
    assert {k: after[k] - before[k] for k in after if after[k] != before[k]} == {
        "DigitRequests": 2, "DigitRequestsRefused": 1, "DigitImages": 1, "DigitRejected": 1,
        "DigitPredicted7": 1}
    html = requests.get(site.url + "/server-status", timeout=10).text
    assert "<h2>mod_digit</h2>" in html
    assert f"<dt>Answered 7: {after['DigitPredicted7']}</dt>" in html


def serving(server):
    server.write("model.safetensors", constant_model(3))
    server.directives += ('DigitModel model.safetensors\n<Location "/">\nSetHandler digit\n'
                          '</Location>\n')
    return server


def kill_a_worker(server):
    """At once, without a chance to say what it has counted; httpd starts another."""
    killed = min(server.workers())
    os.kill(killed, signal.SIGKILL)
    for _ in range(200):
        if killed not in server.workers():
            return
        time.sleep(0.05)
    raise TimeoutError("the killed worker stays")


def test_counts_are_exact_across_processes_restarts_and_dead_workers(private_httpd, mpm):
    server = serving(private_httpd(mpm))
    # Workers that end after a few connections, and several processes at once.
    server.directives += "MaxConnectionsPerChild 20\n"
    server.start()
    picture = seven()
    url = server.url + "/curl-api"
    key = 'digit_http_requests_total{handler="curl-api",code="200"}'

    def answered(_):
        try:
            return requests.post(url, data=picture, timeout=20).status_code == 200
        except requests.ConnectionError:  # a restart may close a connection that is not in use
            return False

    total = 0
    for turn in range(3):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            total += sum(pool.map(answered, range(100)))
        if turn == 0:
            kill_a_worker(server)
        if turn < 2:
            server.graceful()
    samples = metrics(server, "/metrics")
    assert total >= 290
    assert samples[key] == total == samples['digit_images_total{format="png"}']
    assert samples['digit_predictions_total{digit="3"}'] == total
