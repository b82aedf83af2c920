// Stub for type-checking: see README.md.
@file:Suppress("unused")

package androidx.camera.view

import android.content.Context
import android.util.AttributeSet
import android.widget.FrameLayout
import androidx.camera.core.MeteringPointFactory
import androidx.camera.core.Preview

class PreviewView(context: Context, attributes: AttributeSet?) : FrameLayout(context, attributes) {
    var scaleType: ScaleType = TODO()
    val surfaceProvider: Preview.SurfaceProvider = TODO()
    val meteringPointFactory: MeteringPointFactory = TODO()

    enum class ScaleType { FILL_START, FILL_CENTER, FILL_END, FIT_START, FIT_CENTER, FIT_END }
}
