// Stub for type-checking: see README.md.
@file:Suppress("unused")

package androidx.core.content

import android.content.Context
import java.util.concurrent.Executor

object ContextCompat {
    @JvmStatic
    fun checkSelfPermission(context: Context, permission: String): Int = TODO()

    @JvmStatic
    fun getMainExecutor(context: Context): Executor = TODO()

    @JvmStatic
    fun getColor(context: Context, id: Int): Int = TODO()
}
