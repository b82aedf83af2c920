// Stub for type-checking: see README.md.
@file:Suppress("unused")

package androidx.core.app

import android.app.Activity
import android.view.View

object ActivityCompat {
    @JvmStatic
    fun <T : View> requireViewById(activity: Activity, id: Int): T = TODO()
}
