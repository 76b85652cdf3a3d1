"""Which requests can have to do with each other at all: what falls apart is planned apart."""

import numpy as np

from services.planner.candidates import Candidates, Ints


def components(table: Candidates, rows: Ints) -> tuple[Ints, Ints]:
    """Return a number for each request of `table` and for each cell, equal where placements of `rows` link them.

    A stretch of slots of one room that placements cover without a seam links all requests that may use it. Requests
    and cells without any placement have -1.
    """
    label = np.full(len(table.owners), -1, dtype=np.int64)
    if not len(rows):
        return label, np.full((table.n_rooms, table.n_slots), -1, dtype=np.int64)
    stretch = _stretches(table, rows)
    pairs = np.concatenate([_pairs(table, rows, stretch, layer) for layer in range(max(map(len, table.rooms)))])
    nodes, node = np.unique(pairs[:, 1], return_inverse=True)
    owner = pairs[:, 0]
    label[owner] = owner
    while True:  # every round hands the smallest number one step on
        least = np.full(len(nodes), len(table.owners), dtype=np.int64)
        np.minimum.at(least, node, label[owner])
        after = label.copy()
        np.minimum.at(after, owner, least[node])
        present = after >= 0
        after[present] = after[after[present]]
        if (after == label).all():
            break
        label = after
    _, label[present] = np.unique(label[present], return_inverse=True)
    of_stretch = np.full(int(stretch.max()) + 1, -1, dtype=np.int64)
    of_stretch[nodes[node]] = label[owner]
    return label, of_stretch[stretch]


def _pairs(table: Candidates, rows: Ints, stretch: Ints, layer: int) -> Ints:
    """Return (request, stretch) for the room number `layer` of each space that has so many."""
    rooms = np.array([each[layer] if len(each) > layer else -1 for each in table.rooms], dtype=np.int64)
    rows = rows[rooms[table.space[rows]] >= 0]
    count = int(stretch.max()) + 1
    keys = np.unique(table.owner[rows] * count + stretch[rooms[table.space[rows]], table.start[rows]])
    return np.stack([keys // count, keys % count], axis=1)


def _stretches(table: Candidates, rows: Ints) -> Ints:
    """Return for each cell the number of the stretch it lies in."""
    seams = np.zeros((len(table.rooms), table.n_slots + 1), dtype=np.int64)
    np.add.at(seams, (table.space[rows], table.start[rows] + 1), 1)  # from its second slot on it reaches back
    np.add.at(seams, (table.space[rows], table.start[rows] + table.length[rows]), -1)
    linked = table.by_room(np.cumsum(seams, axis=1)[:, : table.n_slots]) > 0
    return np.cumsum(~linked.ravel()).reshape(linked.shape)
