"""dagster-dbt without dbt in this process, which `pmm-dbt` runs in another: to import it takes as long as Dagster itself.

dagster-dbt asks it which models a definition is of. Here these are all that have a tag, or all that do not have it.
"""

import re
from collections.abc import Mapping, Set
from importlib.metadata import version
from typing import Any

from dagster._core.libraries import DagsterLibraryRegistry

from orchestration.warm.without import without

with without("dbt"):
    from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, asset_utils, dbt_assets

__all__ = ["DagsterDbtTranslator", "DbtCliResource", "DbtProject", "dbt_assets"]


def select_unique_ids(select: str, exclude: str, selector: str, project: object, manifest_json: Mapping[str, Any]) -> Set[str]:  # noqa: ARG001
    """The models of a selection, and their tests, as dbt selects them.

    Args:
        select: `tag:NAME`, where `exclude` is empty.
        exclude: `tag:NAME`, where `select` is `fqn:*`: all.
        selector: empty.
        project: as dagster-dbt gives it.
        manifest_json: of the project.

    Raises:
        ValueError: it is another selection.
    """
    tag = re.fullmatch(r"tag:(\w+)", exclude or select)
    if tag is None or selector or (exclude and select != "fqn:*"):
        raise ValueError(f"{__name__} knows no selection but of one tag, or of all but one: {select=}, {exclude=}, {selector=}")
    nodes: Mapping[str, Any] = manifest_json["nodes"]
    tagged = {name for name, node in nodes.items() if tag[1] in node["tags"]}
    # a test that needs one of these is run with them
    tagged |= {
        name
        for name, node in nodes.items()
        if node["resource_type"] == "test" and tagged.intersection(node["depends_on"]["nodes"])
    }
    return nodes.keys() - tagged if exclude else tagged


asset_utils.select_unique_ids = select_unique_ids  # type: ignore[attr-defined]
# what Dagster's pages list: where dbt is not found, dagster-dbt takes it for another product
DagsterLibraryRegistry._libraries.pop("dbt-fusion", None)
DagsterLibraryRegistry.register("dbt-core", version("dbt-core"), is_dagster_package=False)
