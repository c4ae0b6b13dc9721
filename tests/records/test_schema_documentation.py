"""The page that strangers map their schema by says what the code checks."""

from __future__ import annotations

from product_sample import REPOSITORY, SOURCES

from attune.steps.extract.sources import SOURCES as DOCUMENTED
from attune.steps.ingest.families import load_families

PAGE = (REPOSITORY / "docs" / "bring-your-own-schema.md").read_text(encoding="utf-8")


def test_every_source_and_column_is_documented_as_it_is_checked() -> None:
    for source in DOCUMENTED.values():
        section = PAGE.split(f"#### {source.name}.sql", 1)[1].split("####", 1)[0]
        rows = [
            f"| `{column.name}` | {column.kind} | {'yes' if column.required else 'no'} | {column.meaning} | {column.without} |"
            for column in source.columns
        ]
        assert [line for line in section.splitlines() if line.startswith("| `")][: len(rows)] == rows


def test_there_is_one_sql_file_for_each_source_and_no_other() -> None:
    assert sorted(file.stem for file in SOURCES.glob("*.sql")) == sorted(DOCUMENTED)


def test_the_map_of_families_is_sound() -> None:
    assert load_families(str(SOURCES / "families.yaml")).families
