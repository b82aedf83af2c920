// Stub for type-checking: see README.md.
@file:Suppress("unused")

package androidx.camera.core

import androidx.camera.core.resolutionselector.ResolutionSelector
import com.google.common.util.concurrent.ListenableFuture
import java.io.File
import java.nio.ByteBuffer
import java.util.concurrent.Executor

abstract class UseCase

interface Camera {
    val cameraControl: CameraControl
}

interface CameraControl {
    fun startFocusAndMetering(action: FocusMeteringAction): ListenableFuture<FocusMeteringResult>
    fun cancelFocusAndMetering(): ListenableFuture<Void>
}

class FocusMeteringResult private constructor()

class CameraInfoUnavailableException(message: String) : Exception(message)

class CameraSelector private constructor() {
    companion object {
        @JvmField
        val DEFAULT_BACK_CAMERA: CameraSelector = TODO()

        @JvmField
        val DEFAULT_FRONT_CAMERA: CameraSelector = TODO()
    }
}

class MeteringPoint private constructor()

abstract class MeteringPointFactory {
    fun createPoint(x: Float, y: Float): MeteringPoint = TODO()
}

class FocusMeteringAction private constructor() {
    class Builder(point: MeteringPoint) {
        fun build(): FocusMeteringAction = TODO()
    }
}

interface ImageInfo {
    val rotationDegrees: Int
    val timestamp: Long
}

interface ImageProxy : AutoCloseable {
    val height: Int
    val width: Int
    val imageInfo: ImageInfo
    val planes: Array<PlaneProxy>

    interface PlaneProxy {
        val buffer: ByteBuffer
        val rowStride: Int
        val pixelStride: Int
    }
}

class ImageAnalysis private constructor() : UseCase() {
    var targetRotation: Int = 0

    fun setAnalyzer(executor: Executor, analyzer: Analyzer): Unit = TODO()

    fun clearAnalyzer(): Unit = TODO()

    fun interface Analyzer {
        fun analyze(image: ImageProxy)
    }

    class Builder {
        fun setResolutionSelector(selector: ResolutionSelector): Builder = TODO()
        fun setBackpressureStrategy(strategy: Int): Builder = TODO()
        fun setOutputImageFormat(format: Int): Builder = TODO()
        fun build(): ImageAnalysis = TODO()
    }

    companion object {
        const val STRATEGY_KEEP_ONLY_LATEST = 0
        const val OUTPUT_IMAGE_FORMAT_RGBA_8888 = 2
    }
}

class Preview private constructor() : UseCase() {
    var targetRotation: Int = 0

    fun setSurfaceProvider(provider: SurfaceProvider?): Unit = TODO()

    interface SurfaceProvider

    class Builder {
        fun setResolutionSelector(selector: ResolutionSelector): Builder = TODO()
        fun build(): Preview = TODO()
    }
}

class ImageCaptureException(val imageCaptureError: Int, message: String, cause: Throwable?) : Exception(message, cause)

class ImageCapture private constructor() : UseCase() {
    var targetRotation: Int = 0

    fun takePicture(options: OutputFileOptions, executor: Executor, callback: OnImageSavedCallback): Unit = TODO()

    interface OnImageSavedCallback {
        fun onImageSaved(results: OutputFileResults)
        fun onError(failure: ImageCaptureException)
    }

    class OutputFileResults private constructor()

    class OutputFileOptions private constructor() {
        class Builder(file: File) {
            fun build(): OutputFileOptions = TODO()
        }
    }

    class Builder {
        fun setResolutionSelector(selector: ResolutionSelector): Builder = TODO()
        fun build(): ImageCapture = TODO()
    }
}
