"""``python -m bench``: all benchmarks one after the other, then one table; ``--quick``: 20 minutes.

Names of benchmarks among the arguments run those alone; ``table`` prints what was measured last.
"""

import subprocess
import sys
import time

from bench import goals, record_goals, rig, stage_goals

NAMES = ("push", "limit", "joins", "hls", "ears", "chain", "stage", "record", "replay", "bad_days")
LONGER = (*NAMES, "kills", "export", "mend")


def main(arguments: list[str]) -> int:
    """Run what is asked for; return how many benchmarks did not come through."""
    flags = [word for word in arguments if word.startswith("-")]
    words = [word for word in arguments if not word.startswith("-")]
    failed = []
    for name in words or (NAMES if "--quick" in flags else LONGER):
        if name == "table":
            continue
        print(f"\n== {name} ==", flush=True)
        began = time.monotonic()
        command = [sys.executable, "-m", f"bench.{name}", "--json", "docs/bench", *flags]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
    subprocess.run([sys.executable, "-m", "bench.capacity"], check=False)
    print()
    staged = rig.kept("stage") or {}
    mended = rig.kept("mend") or {}
    stage_rows = [
        *stage_goals.rows(staged.get("found", {})),
        *stage_goals.mended(mended.get("found", {})),
    ]
    goals.show([*goals.rows(), *stage_rows, *record_goals.rows()])
    if failed:
        print(f"not measured: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
