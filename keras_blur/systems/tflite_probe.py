"""A program of its own: loads a .tflite file and runs it once on zeros; `tflite.py` watches how it ends."""

import contextlib
import sys
from typing import Any


def main(path: str, memory: str) -> None:
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

    limit(int(memory))
    interpreter = Interpreter(path, num_threads=1)
    interpreter.allocate_tensors()
    for details in interpreter.get_input_details():
        interpreter.set_tensor(details["index"], np.zeros(details["shape"], details["dtype"]))
    interpreter.invoke()
    for details in interpreter.get_output_details():
        interpreter.get_tensor(details["index"])
    with open(path, "rb") as file:
        check_constants(schema.Model.GetRootAs(file.read()), schema)


def limit(memory: int) -> None:
    """Limits the memory that this process may take from now on, in bytes, and its time to what is needed."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not everywhere can it be limited
        import resource

        with open("/proc/self/statm") as file:
            memory += int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_constants(model: Any, schema: Any) -> None:
    """Checks that all constants are finite: operators such as ReLU6 swallow NaN, and the answer is wrong.

    Raises:
        ValueError: one isn't.
    """
    import numpy as np

    kinds = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.FLOAT16: np.float16}
    for number in range(model.SubgraphsLength()):
        graph = model.Subgraphs(number)
        for index in range(graph.TensorsLength()):
            tensor = graph.Tensors(index)
            buffer, scales = model.Buffers(tensor.Buffer()), tensor.Quantization()
            values = [scales.ScaleAsNumpy()] if scales and scales.ScaleLength() else []
            kind = kinds.get(tensor.Type())
            if kind and buffer.DataLength():
                values.append(np.frombuffer(buffer.DataAsNumpy().tobytes(), kind))
            if not all(np.isfinite(each).all() for each in values):
                raise ValueError(f"its weights hold NaN or infinity (tensor {index}); export it again")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except MemoryError:
        sys.exit("it takes more memory than it may")
    except Exception as error:
        sys.exit(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__)
