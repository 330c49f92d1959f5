"""``python -m bench``: all benchmarks one after the other; ``--quick`` takes about 15 minutes."""

import subprocess
import sys

NAMES = ("push", "limit", "joins", "chain", "stage")

if __name__ == "__main__":
    failed = []
    for name in NAMES:
        print(f"\n== {name} ==", flush=True)
        command = [sys.executable, "-m", f"bench.{name}", "--json", "docs/bench", *sys.argv[1:]]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    subprocess.run([sys.executable, "-m", "bench.capacity"], check=False)
    sys.exit(f"not measured: {', '.join(failed)}" if failed else 0)
