"""Nothing that is shown lets anybody work out a figure that rests on fewer than five."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.usage.privacy import TOTAL, Cell, hidden
from tests.unit.usage.conftest import solvable


def _cells(counts: dict[tuple[str, str], int]) -> list[Cell]:
    """Return the tables by both sides of the pairs, and the total."""
    present = {atom for atom, count in counts.items() if count}
    cells = [Cell(TOTAL, TOTAL, frozenset(present))]
    for place, table in ((0, "space"), (1, "day")):
        for key in sorted({atom[place] for atom in counts}):
            cells.append(Cell(table, key, frozenset(atom for atom in present if atom[place] == key)))
    return cells


def _basis(counts: dict[tuple[str, str], int]):  # type: ignore[no-untyped-def]  # a closure of a test
    return lambda atoms: sum(counts[atom] for atom in atoms)


def test_a_small_cell_takes_another_with_it() -> None:
    counts = {("a", "mon"): 12, ("b", "mon"): 3, ("c", "mon"): 7}
    gone = {(cell.table, cell.key) for cell in hidden(_cells(counts), _basis(counts))}
    assert gone == {("space", "b"), ("space", "c")}


def test_two_small_cells_that_together_are_small_take_a_third() -> None:
    counts = {("a", "mon"): 12, ("b", "mon"): 1, ("c", "mon"): 2, ("d", "mon"): 9}
    gone = {(cell.table, cell.key) for cell in hidden(_cells(counts), _basis(counts))}
    assert gone == {("space", "b"), ("space", "c"), ("space", "d")}


def test_a_table_of_one_row_hides_its_total_too() -> None:
    counts = {("a", "mon"): 3, ("b", "mon"): 0}
    gone = {(cell.table, cell.key) for cell in hidden(_cells(counts), _basis(counts))}
    assert gone == {("space", "a"), ("day", "mon"), (TOTAL, TOTAL)}


def test_what_one_table_hides_another_must_not_tell() -> None:
    # b is there on Sunday only, and alone: Sunday is b.
    counts = {("a", "mon"): 12, ("b", "sun"): 3, ("c", "mon"): 7}
    gone = {(cell.table, cell.key) for cell in hidden(_cells(counts), _basis(counts))}
    assert ("space", "b") in gone
    assert ("day", "sun") in gone
    assert ("day", "mon") in gone


def test_zeros_and_large_figures_are_shown() -> None:
    counts = {("a", "mon"): 12, ("b", "mon"): 0, ("c", "tue"): 7}
    assert hidden(_cells(counts), _basis(counts)) == set()


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.sampled_from(["mon", "tue", "wed", "thu"])),
        st.integers(0, 9),
        min_size=1,
        max_size=16,
    )
)
def test_no_combination_of_shown_cells_reveals_a_small_one(counts: dict[tuple[str, str], int]) -> None:
    cells, basis = _cells(counts), _basis(counts)
    gone = hidden(cells, basis)
    shown = [cell.atoms for cell in cells if cell not in gone and cell.atoms]
    assert all(basis(atoms) >= 5 for atoms in shown)
    for cell in gone:
        if basis(cell.atoms) < 5:
            assert not solvable(shown, cell.atoms), cell
    if any(cell.table == TOTAL and cell not in gone for cell in cells):
        for table in ("space", "day"):
            rest = frozenset().union(*(cell.atoms for cell in gone if cell.table == table))
            assert not 0 < basis(rest) < 5
    # Differences of two shown cells are what anybody tries first.
    small = {cell.atoms for cell in gone if basis(cell.atoms) < 5}
    for a, b in combinations(shown, 2):
        assert not (b < a and a - b in small)
