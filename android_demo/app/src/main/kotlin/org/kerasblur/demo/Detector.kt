package org.kerasblur.demo

import android.content.Context
import android.util.Log
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import com.google.ai.edge.litert.TensorBuffer
import kotlin.math.abs
import org.kerasblur.core.BlurMap
import org.kerasblur.core.Contract
import org.kerasblur.core.Fallback

/** A network that is ready to run in one way. Belongs to one thread. */
class Detector private constructor(
    private val model: CompiledModel,
    private val contract: Contract,
    private val way: Way,
) : AutoCloseable {
    private val inputs: List<TensorBuffer> = model.createInputBuffers()
    private val outputs: List<TensorBuffer> = model.createOutputBuffers()
    private val floats = FloatArray(if (way.bytes) 0 else contract.height * contract.width * 3)

    /** How its probabilities become a verdict. */
    val calibration get() = contract.calibrationOf(way.file(contract))

    /** What it runs on, for people: "GPU" or "CPU". */
    val processor get() = way.accelerator.name

    /** Finds the blur in a prepared frame: RGB bytes, as the core's `Preparer` makes them. */
    fun detect(pixels: ByteArray): BlurMap {
        if (way.bytes) {
            inputs[0].writeInt8(pixels)
        } else {
            for (i in floats.indices) floats[i] = (pixels[i].toInt() and 0xff).toFloat()
            inputs[0].writeFloat(floats)
        }
        model.run(inputs, outputs)
        return BlurMap(contract.mapHeight, contract.mapWidth, contract.classes.size, outputs[0].readFloat())
    }

    override fun close() {
        (inputs + outputs).forEach { it.close() }
        model.close()
    }

    /** A model file and the accelerator that runs it; `bytes`: whether it takes bytes instead of floats. */
    class Way(val format: String, val accelerator: Accelerator, val bytes: Boolean) {
        fun file(contract: Contract) = "${contract.name}_$format.tflite"

        override fun toString() = "$format on $accelerator"
    }

    companion object {
        private const val TAG = "Detector"
        private val WAYS = listOf(
            Way("float16", Accelerator.GPU, bytes = false),
            Way("int8", Accelerator.CPU, bytes = true),
            Way("float16", Accelerator.CPU, bytes = false),
        )

        /** Starts the network in the first way that works; the best one comes first. */
        fun fallback(context: Context, contract: Contract, useGpu: Boolean): Fallback<Way, Detector> =
            Fallback(
                WAYS.filter { useGpu || it.accelerator != Accelerator.GPU },
                warn = { Log.w(TAG, it) },
                open = { open(context, contract, it) },
            )

        private fun open(context: Context, contract: Contract, way: Way): Detector {
            val model = CompiledModel.create(context.assets, way.file(contract), CompiledModel.Options(way.accelerator), null)
            val detector = try {
                Detector(model, contract, way)
            } catch (failure: Exception) {
                model.close()
                throw failure
            }
            try {
                detector.check()
            } catch (failure: Exception) {
                detector.close()
                throw failure
            }
            return detector
        }
    }

    /** Runs it once on grey. The first run is slow, and finds a driver that computes nonsense. */
    private fun check() {
        val map = detect(ByteArray(contract.height * contract.width * 3) { 0x80.toByte() })
        for (pixel in 0 until map.height * map.width) {
            val sum = (0 until map.channels).map { map.values[pixel * map.channels + it] }.sum()
            check(abs(sum - 1) < 0.02f) { "probabilities sum to $sum" }
        }
    }
}
