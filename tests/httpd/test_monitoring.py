# SPDX-License-Identifier: Apache-2.0
"""Dashboard and alert rules ask for metrics, and labels of them, that /metrics really has."""
import json
import re

import pytest
import requests

import examples
from pictures import seven

MONITORING = examples.CONF / "monitoring"
NOT_OURS = {"up"}
# Labels that Prometheus and its functions add.
ADDED = {"job", "instance", "le"}


def alert_rules():
    yaml = pytest.importorskip("yaml", reason="python3-yaml (script/bootstrap --test)")
    group, = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"]
    return group["rules"]


def test_the_manual_says_what_to_do_about_each_alert_and_no_other():
    manual = (examples.CONF.parent / "docs/operations.md").read_text()
    assert re.findall(r"^\| (Digit\w+) \|", manual, re.M) == [r["alert"] for r in alert_rules()]


def test_the_dashboard_s_panels_are_told_apart():
    panels = json.loads((MONITORING / "grafana-dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len({p["title"] for p in panels}) == len(panels)
    taken = [(panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y) for panel in panels
             for x in range(panel["gridPos"]["w"]) for y in range(panel["gridPos"]["h"])]
    assert len(set(taken)) == len(taken)  # none lies over another
    for panel in panels:
        names = [target["refId"] for target in panel["targets"]]
        assert len(set(names)) == len(names) > 0


def expressions():
    for rule in alert_rules():
        assert rule["annotations"]["summary"] and rule["labels"]["severity"] in ("page", "ticket")
        yield rule["alert"], rule["expr"]
    dashboard = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


def exposed(text):
    """Metric -> its labels, of Prometheus' text format."""
    metrics = {}
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
        metrics.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return metrics


def values(expression):
    """(label, value) of what an expression selects by, each alternative of a pattern by itself."""
    return {(label, value)
            for label, all_values in re.findall(r'(\w+)\s*(?:=~|!=|!~|=)"([^"]*)"', expression)
            for value in all_values.split("|") if label not in ADDED}


def counted_statuses():
    """Of those that were not answered yet nothing is to be seen."""
    header = (examples.CONF.parent / "mod_digit/counters.h").read_text()
    listed, = re.findall(r"kCountedStatuses = \{([^}]*)\}", header)
    return {("code", status.strip()) for status in listed.split(",")}


def test_dashboard_and_alerts_ask_for_what_metrics_has(shipped):
    for path in ("/", "/curl-api", "/v2/models/digit/infer"):
        requests.post(shipped.url + path, data=seven(), timeout=10)
    text = requests.get(shipped.url + "/metrics", timeout=10).text
    told = set(re.findall(r'(\w+)="([^"]*)"', text)) | counted_statuses()
    metrics = exposed(text)
    asked = 0
    for where, expression in expressions():
        names = set(re.findall(r"\b(digit_\w+|up)\b", expression))
        assert names, f"{where}: asks for no metric"
        for name in names - NOT_OURS:
            assert name in metrics, f"{where}: {name} is not in /metrics"
            asked += 1
        known = set().union(*(metrics[name] for name in names - NOT_OURS), ADDED)
        labels = set(re.findall(r'(\w+)\s*(?:=~|!=|!~|=)"', expression))
        for by in re.findall(r"\bby \(([^)]*)\)", expression):
            labels |= {label.strip() for label in by.split(",")}
        assert labels <= known, f"{where}: no metric there has the labels {labels - known}"
        untold = values(expression) - told
        assert not untold, f"{where}: no metric has {untold}"
    assert asked >= 15
