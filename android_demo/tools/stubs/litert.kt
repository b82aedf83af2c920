// Stub for type-checking: see README.md.
@file:Suppress("unused")

package com.google.ai.edge.litert

import android.content.res.AssetManager

class LiteRtException(message: String) : Exception(message)

enum class Accelerator { NONE, CPU, GPU, NPU }

class Environment private constructor() : AutoCloseable {
    override fun close(): Unit = TODO()
}

class TensorBuffer private constructor() : AutoCloseable {
    fun writeFloat(data: FloatArray): Unit = TODO()
    fun writeInt8(data: ByteArray): Unit = TODO()
    fun readFloat(): FloatArray = TODO()
    override fun close(): Unit = TODO()
}

class CompiledModel private constructor() : AutoCloseable {
    fun createInputBuffers(): List<TensorBuffer> = TODO()
    fun createOutputBuffers(): List<TensorBuffer> = TODO()
    fun run(inputs: List<TensorBuffer>, outputs: List<TensorBuffer>): Unit = TODO()
    override fun close(): Unit = TODO()

    class Options(vararg accelerators: Accelerator)

    companion object {
        @JvmStatic
        fun create(
            assets: AssetManager,
            name: String,
            options: Options = Options(Accelerator.CPU),
            environment: Environment? = null,
        ): CompiledModel = TODO()
    }
}
