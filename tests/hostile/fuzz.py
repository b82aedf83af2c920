"""Tries hostile files on what reads them, in worker processes with limits, and prints one table.

    make fuzz                                       all of them: tens of thousands
    python tests/hostile/fuzz.py --scale 0.01       a hundredth
    python tests/hostile/fuzz.py --only photos --shard 2/4
    python tests/hostile/fuzz.py --reproduce photos:1234    keeps the file, shows the traceback

What was tried stands in --output and isn't tried again; a changed program needs another folder.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

MEMORY = 2_200  # MB that reading may add to what a worker had: the stated 2 GB and some for the measurement
SECONDS = 60.0  # of processor time a file
SILENCE = 900  # seconds of no answer after which a worker is killed
BATCH = 1000  # files a worker reads before it is restarted
ADDRESSES = 8 << 30  # bytes: a fault must not take the machine


def main() -> int:
    """Runs the command; returns 1 if anything but answers and clean errors was found."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--only", help="kinds with commas between them")
    options.add_argument("--count", type=int, help="files of each kind (default: each kind's own)")
    options.add_argument("--scale", type=float, default=1.0, help="a share of each kind's own count")
    options.add_argument("--shard", default="1/1", help="K/N: the K-th of N parts, which may run at once")
    options.add_argument("--output", type=Path, default=Path("build/fuzz"))
    options.add_argument("--reproduce", metavar="KIND:NUMBER")
    options.add_argument("--worker", metavar="KIND:FIRST:LAST:STEP", help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.worker:
        return work(arguments.worker, arguments.output)
    if arguments.reproduce:
        return reproduce(arguments.reproduce, arguments.output)
    from hostile.targets import TARGETS

    part, parts = map(int, arguments.shard.split("/"))
    for kind in arguments.only.split(",") if arguments.only else TARGETS:
        count = arguments.count or max(1, round(TARGETS[kind].count * arguments.scale))
        try_all(kind, range(part - 1, count, parts), arguments.output)
    text, found = table(arguments.output)
    print(text)
    return int(found > 0)


def try_all(kind: str, numbers: range, output: Path) -> None:
    """Tries the files of these numbers; one that ends its worker is noted, and the next worker goes on."""
    output.mkdir(parents=True, exist_ok=True)
    results = _results(kind, numbers, output)
    done = len(_read(results))
    while done < len(numbers):
        batch = numbers[done : done + BATCH]
        command = [sys.executable, __file__, "--output", str(output)]
        command += ["--worker", f"{kind}:{batch.start}:{batch.stop}:{batch.step}"]
        with (output / f"{results.stem}.stderr").open("ab") as stderr:
            worker = subprocess.Popen(command, stderr=stderr, stdout=subprocess.DEVNULL)
            reason = _watch(worker, results)
        if worker.returncode > 0:
            raise SystemExit(f"a worker failed by itself: see {output / results.stem}.stderr")
        tried = _read(results)
        if len(tried) < done + len(batch):
            case = {"case": numbers[len(tried)], "outcome": reason}
            with results.open("a") as file:
                file.write(json.dumps(case) + "\n")
            tried.append(case)
        done = len(tried)


def _watch(worker: subprocess.Popen, results: Path) -> str:
    """Waits for a worker; returns how it ended."""
    size, since = -1, time.monotonic()
    while worker.poll() is None:
        time.sleep(0.2)
        now = results.stat().st_size if results.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > SILENCE:
            worker.kill()
            worker.wait()
            return "takes too long"
    return f"ended its process ({worker.returncode})"


def work(task: str, output: Path) -> int:
    """Reads files in this process, and notes each in a line."""
    import resource

    kind, first, last, step = task.split(":")
    parts = range(int(first), int(last), int(step))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from hostile import seeds
    from hostile.targets import TARGETS

    from keras_blur.errors import BlurError

    target = TARGETS[kind]
    read, files = target.read(), target.seeds()
    folder = output / f"files-{os.getpid()}"
    folder.mkdir(parents=True)
    path = folder / f"hostile.{target.ending}"
    try:
        with _results(kind, parts, output).open("a", buffering=1) as results:
            for number, content in seeds.cases(files, kind, parts):
                path.write_bytes(content)
                before, start = reset_peak(), time.process_time()
                case = {"case": number}
                try:
                    read(path)
                    case["outcome"] = "answer"
                except BlurError as error:
                    case["outcome"] = "clean error"
                    if "\n" in str(error) or len(str(error)) > 1500:
                        case["outcome"] = "an error of several lines"
                except Exception as error:
                    case["outcome"] = f"{type(error).__name__}: {error}"[:200]
                    case["where"] = traceback.format_exc()[-600:]
                if (taken := peak() - before) > MEMORY:
                    case["outcome"] = f"took {taken:.0f} MB"
                if time.process_time() - start > SECONDS:
                    case["outcome"] = f"took {time.process_time() - start:.0f} s"
                results.write(json.dumps(case) + "\n")
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    return 0


def reset_peak() -> float:
    """Forgets the most memory that this process took so far; returns what it has now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> float:
    """Returns the most memory that this process took since `reset_peak`, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _results(kind: str, numbers: range, output: Path) -> Path:
    return output / f"{kind}-{numbers.start % numbers.step}of{numbers.step}.jsonl"


def _read(path: Path) -> list[dict]:
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


def reproduce(case: str, output: Path) -> int:
    """Keeps a hostile file and reads it."""
    from hostile import seeds
    from hostile.targets import TARGETS

    kind, number = case.split(":")
    target = TARGETS[kind]
    ((_, content),) = seeds.cases(target.seeds(), kind, range(int(number), int(number) + 1))
    folder = output / f"{kind}-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"hostile.{target.ending}"
    path.write_bytes(content)
    print(path)
    print("answer:", target.read()(path))
    return 0


def table(output: Path) -> tuple[str, int]:
    """Returns what was tried as a table, and how many files gave anything but an answer or a clean error."""
    from hostile.targets import TARGETS

    lines = ["| kind | tried | answers | clean errors | anything else |", "|---|---|---|---|---|"]
    strange = []
    for kind in TARGETS:
        cases = [case for path in sorted(output.glob(f"{kind}-*of*.jsonl")) for case in _read(path)]
        if not cases:
            continue
        counts = collections.Counter(case["outcome"] for case in cases)
        answers, errors = counts.pop("answer", 0), counts.pop("clean error", 0)
        lines.append(f"| {kind} | {len(cases)} | {answers} | {errors} | {counts.total()} |")
        strange += [f"{kind}: {count} x {outcome}" for outcome, count in counts.most_common(20)]
    return "\n".join([*lines, "", *strange]), len(strange)


if __name__ == "__main__":
    sys.exit(main())
