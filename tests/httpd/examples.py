# SPDX-License-Identifier: Apache-2.0
"""The examples of conf/ in a private httpd: the modules that Debian enables by itself and those
that the example says it needs, its ports and files replaced by those of the test."""
import pathlib
import re

from httpd import HTTPD_MODULES

CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"
MODS_AVAILABLE = pathlib.Path("/etc/apache2/mods-available")
# apache2's postinst enables these; mpm_event and authz_core are loaded by Httpd itself.
ENABLED_BY_DEBIAN = ("access_compat alias auth_basic authn_core authn_file authz_host authz_user "
                     "autoindex deflate dir env filter mime negotiation reqtimeout setenvif "
                     "status").split()


def needed_modules(text):
    """What `# Needs: a2enmod …` names."""
    return [name for line in re.findall(r"^# Needs: a2enmod (.*)$", text, re.M)
            for name in line.split()]


def with_dependencies(names):
    """As a2enmod does: each module behind those that its .load file says it depends on."""
    ordered = []

    def add(name):
        if name in ordered:
            return
        load = MODS_AVAILABLE / f"{name}.load"
        for line in re.findall(r"^# Depends: *(.*)$", load.read_text(), re.M):
            for dependency in line.split():
                if dependency not in ("authz_core", "mpm_event"):
                    add(dependency)
        ordered.append(name)

    for name in names:
        add(name)
    return [name for name in ordered if (HTTPD_MODULES / f"mod_{name}.so").exists()]


def replaced(text, replacements, name="the example"):
    """All in one pass, for what is put in may read like something that is to be replaced: a port
    of 44312 behind "*:" like "*:443"."""
    for old in replacements:
        assert old in text, f"{name} no longer says {old}"
    longest_first = sorted(replacements, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda m: replacements[m[0]], text)


def take(server, name, replacements):
    """Gives `server` the example, and the modules it needs."""
    return take_text(server, name, (CONF / name).read_text(), replacements)


def take_text(server, name, text, replacements):
    server.modules += [m for m in with_dependencies(ENABLED_BY_DEBIAN + needed_modules(text))
                       if m not in server.modules]
    text = text.replace("/var/www/html", f"{server.root}/htdocs")
    text = replaced(text, replacements, name)
    # What Debian's apache2.conf says of every folder, so that a forgotten grant is found here.
    server.directives += ("<Directory />\nRequire all denied\n</Directory>\n"
                          f'<Directory "{server.root}/htdocs">\nRequire all granted\n'
                          f"</Directory>\n{text}")
    return server
