// Stub for type-checking: see README.md.
@file:Suppress("unused", "UNUSED_PARAMETER")

package androidx.camera.camera2.interop

import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CaptureRequest
import androidx.camera.core.Preview

annotation class ExperimentalCamera2Interop

class Camera2Interop private constructor() {
    class Extender(builder: Preview.Builder) {
        fun <V : Any> setCaptureRequestOption(key: CaptureRequest.Key<V>, value: V): Extender = TODO()
        fun setSessionCaptureCallback(callback: CameraCaptureSession.CaptureCallback): Extender = TODO()
    }
}
