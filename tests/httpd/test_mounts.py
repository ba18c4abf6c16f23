# SPDX-License-Identifier: Apache-2.0
"""Where the handler is mounted, and what the directives of each place say there."""
import pytest
import requests

from pictures import form, seven, sized


def post(site, path, picture=None, host="first.test"):
    body, content_type = form(picture or seven(60))
    return requests.post(site.url + path, data=body, timeout=10,
                         headers={"Content-Type": content_type, "Host": host})


@pytest.mark.parametrize("host,mount", [
    ("first.test", "/digit"), ("first.test", "/a/b"), ("first.test", "/match/5"),
    ("first.test", "/folder"), ("root.test", ""), ("root.test", "/digit"), ("eight.test", ""),
])
def test_page_files_and_api_work_at_every_mount_point(site, host, mount):
    headers = {"Host": host}
    page = requests.get(f"{site.url}{mount}/", headers=headers, timeout=10)
    assert page.status_code == 200 and 'name="myfile"' in page.text
    assert 'href="./static/digit.css"' in page.text
    assert f"http://{host}{mount}/curl-api" in page.text
    css = requests.get(f"{site.url}{mount}/static/digit.css", headers=headers, timeout=10)
    assert css.headers["Content-Type"].startswith("text/css")
    digit = 8 if host == "eight.test" else 7
    assert post(site, f"{mount}/curl-api", host=host).json()["prediction"] == digit
    assert f"The predicted digit is {digit}" in post(site, f"{mount}/", host=host).text


@pytest.mark.parametrize("mount", ["/digit", "/match/5", "/folder"])
def test_the_mount_point_without_a_slash_is_redirected_but_takes_posts(site, mount):
    answer = requests.get(f"{site.url}{mount}?a=b", timeout=10, allow_redirects=False)
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"./{mount.split('/')[-1]}/?a=b"
    posted = post(site, mount)
    assert "The predicted digit is 7" in posted.text
    # A page that was posted to there finds its files below the mount point all the same.
    assert f'href="./{mount.split("/")[-1]}/static/digit.css"' in posted.text


def test_a_location_with_a_slash_does_not_match_without(site):
    assert requests.get(site.url + "/a/b", timeout=10).status_code == 404


def test_what_is_not_mounted_is_httpd_s_own(site):
    answer = requests.get(site.url + "/index.html", timeout=10)
    assert answer.text == "not the page of the module"
    assert requests.get(site.url + "/digits", timeout=10).status_code == 404


def test_a_real_index_html_does_not_hide_the_page(site):
    # root.test is mounted at "/", where htdocs has an index.html that mod_dir would serve.
    answer = requests.get(site.url + "/", headers={"Host": "root.test"}, timeout=10)
    assert 'name="myfile"' in answer.text


@pytest.mark.parametrize("host,path,digit", [
    ("first.test", "/digit/curl-api", 7), ("first.test", "/eight/curl-api", 8),
    ("eight.test", "/curl-api", 8), ("eight.test", "/digit/curl-api", 8), ("root.test", "/curl-api", 7),
])
def test_locations_and_vhosts_have_models_of_their_own(site, host, path, digit):
    assert post(site, path, host=host).json()["prediction"] == digit


@pytest.mark.parametrize("path,host,edge,limit", [
    ("/digit/curl-api", "first.test", 11, 12),        # the server's
    ("/digit/curl-api", "eight.test", 11, 12),        # inherited by a vhost
    ("/tight/curl-api", "first.test", 39, 40),        # a location's over the server's
    ("/tight/inner/curl-api", "first.test", 19, 20),  # an inner location's over the outer one's
])
def test_the_shortest_edge_is_merged(site, path, host, edge, limit):
    refused = post(site, path, seven(edge), host)
    assert refused.status_code == 422
    assert str(limit) in refused.json()["detail"]
    assert post(site, path, seven(limit), host).status_code == 200


@pytest.mark.parametrize("path,host,limit", [
    ("/digit/curl-api", "first.test", 1 << 20),   # the default
    ("/tight/curl-api", "first.test", 2048),      # a location's
    ("/tight/inner/curl-api", "first.test", 2048),  # inherited by the inner one
    ("/curl-api", "eight.test", 4096),            # a vhost's
])
def test_the_largest_file_is_merged(site, path, host, limit):
    url = site.url + path
    fits = requests.post(url, data=sized(limit), headers={"Host": host}, timeout=10)
    assert fits.status_code != 413
    large = requests.post(url, data=sized(limit + 1), headers={"Host": host}, timeout=10)
    assert large.status_code == 413
    assert str(limit) in large.json()["detail"]


def test_the_number_of_pixels_is_merged(site):
    assert post(site, "/tight/curl-api", seven(70)).status_code == 200
    refused = post(site, "/tight/curl-api", seven(80))
    assert refused.json()["type"].endswith("too-many-pixels")
    assert "too-many-pixels" in post(site, "/tight/inner/curl-api", seven(80)).json()["type"]
    assert post(site, "/digit/curl-api", seven(80)).status_code == 200


def test_the_page_states_the_limits_of_its_place(site):
    page = requests.get(site.url + "/tight/", timeout=10).text
    assert "at most 2 KiB, every edge at least 40 pixels" in page
