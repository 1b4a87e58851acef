/** Programs for `manage.py shell -c`. Each prints one line, `WORD` and JSON; `VALUES` holds its arguments as JSON texts. */

/**
 * Which app is at which migration, and what is pending with the kind of each. A state names an app's last applied migrations (several where
 * branches were not merged yet) and those that this code does not know.
 */
export const LOOK = String.raw`
import json
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import NOT_PROVIDED, ManyToManyField

ADDITIVE = {"CreateModel", "AddIndex", "AddIndexConcurrently", "AlterModelOptions", "AlterModelManagers", "AlterModelTableComment"}
REVERSIBLE = {"AlterField", "RenameField", "RenameModel", "RenameIndex", "AlterModelTable", "AlterUniqueTogether", "AlterIndexTogether",
              "AlterOrderWithRespectTo", "AddConstraint", "AlterConstraint", "RemoveConstraint", "RemoveIndex", "RemoveIndexConcurrently"}
ORDER = ["additive", "reversible", "irreversible"]

def kind_of(operation):
    kind, module = type(operation).__name__, type(operation).__module__
    if not module.startswith(("django.db.migrations.operations", "django.contrib.postgres.operations")):
        return "irreversible"
    if kind == "AddField":
        field = operation.field
        old_code_may_insert = field.null or isinstance(field, ManyToManyField) or getattr(field, "generated", False) or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
        return "additive" if old_code_may_insert else "reversible"
    if kind == "SeparateDatabaseAndState":
        return worst(operation.database_operations)
    if kind in ("RunPython", "RunSQL"):
        return "reversible" if operation.reversible else "irreversible"
    return "additive" if kind in ADDITIVE else "reversible" if kind in REVERSIBLE else "irreversible"

def worst(operations):
    return max((kind_of(operation) for operation in operations), key=ORDER.index, default="additive")

def look():
    executor = MigrationExecutor(connection)
    loader = executor.loader
    loader.check_consistent_history(connection)
    conflicts = loader.detect_conflicts()
    if conflicts:
        raise SystemExit("migrations of %s have several ends: they need a merge" % ", ".join(sorted(conflicts)))
    applied = set(loader.applied_migrations)
    known = {key for key in applied if key in loader.graph.nodes}
    last = {key for key in known if not any(child.key in known and child.key[0] == key[0] for child in loader.graph.node_map[key].children)}
    replaced = {key for key in applied if key in loader.replacements or any(key in one.replaces for one in loader.replacements.values())}
    state = {}
    for app, name in sorted(last | (applied - known - replaced)):
        state.setdefault(app, []).append(name)
    pending = []
    for migration, backwards in executor.migration_plan(loader.graph.leaf_nodes()):
        description = "; ".join(operation.describe() for operation in migration.operations)
        pending.append(["%s.%s" % (migration.app_label, migration.name), worst(migration.operations), description or "nothing"])
    return {"state": {app: ",".join(names) for app, names in state.items()}, "pending": pending}

print("\n%s%s" % (WORD, json.dumps(look())), flush=True)
`;

/** Back to a state that LOOK gave, app by app. Says in `problem` why it did not begin; an error on the way is Django's own. */
export const REVERSE = String.raw`
import json
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def reverse(wanted):
    wanted = {app: names.split(",") for app, names in wanted.items()}
    loader = MigrationExecutor(connection).loader
    replaced = {key for one in loader.replacements.values() for key in one.replaces}
    for app, name in sorted(loader.applied_migrations):
        if (app, name) not in loader.graph.nodes and (app, name) not in replaced and name not in wanted.get(app, []):
            return "this code does not know the applied migration %s.%s, so it cannot take it back: the release that made it can" % (app, name)
    for app, names in wanted.items():
        for name in names:
            if (app, name) not in loader.applied_migrations:
                return "%s.%s was applied when the state was recorded and is not any more: somebody changed the schema by hand" % (app, name)
    apps = sorted({app for app, name in loader.applied_migrations if app in loader.migrated_apps})
    targets = [(app, name) for app in apps for name in wanted.get(app, [None]) if name is None or (app, name) in loader.graph.nodes]
    for app, name in targets:
        for migration, backwards in MigrationExecutor(connection).migration_plan([(app, name)]):
            stuck = [operation for operation in migration.operations if not operation.reversible]
            if backwards and stuck:
                return "%s.%s cannot be taken back: %s" % (migration.app_label, migration.name, stuck[0].describe())
    for app, name in targets:
        if any(backwards for migration, backwards in MigrationExecutor(connection).migration_plan([(app, name)])):
            call_command("migrate", app, name or "zero", interactive=False, verbosity=1)
    return None

print("\n%s%s" % (WORD, json.dumps({"problem": reverse(json.loads(VALUES[0]))})), flush=True)
`;
