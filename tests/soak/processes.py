# SPDX-License-Identifier: Apache-2.0
"""What a server and its workers hold, read from /proc."""
import dataclasses
import pathlib


@dataclasses.dataclass
class Held:
    """pss_kib: of all processes together, shared pages counted once."""
    workers: int = 0
    pss_kib: int = 0
    threads: int = 0
    parent_descriptors: int = 0
    most_descriptors_of_a_worker: int = 0


def children(pid):
    """The workers, without the helper that mod_cgid or a piped log may be."""
    try:
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def _field(text, name):
    return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1])


def held(parent):
    sum_of = Held()
    for pid in [parent, *children(parent)]:
        process = pathlib.Path(f"/proc/{pid}")
        try:
            pss = _field((process / "smaps_rollup").read_text(), "Pss:")
            threads = _field((process / "status").read_text(), "Threads:")
            descriptors = len(list((process / "fd").iterdir()))
        except (FileNotFoundError, ProcessLookupError, StopIteration):
            continue  # it has just ended
        sum_of.pss_kib += pss
        if pid == parent:
            sum_of.parent_descriptors = descriptors
        else:
            sum_of.workers += 1
            sum_of.threads += threads
            sum_of.most_descriptors_of_a_worker = max(sum_of.most_descriptors_of_a_worker,
                                                      descriptors)
    return sum_of
