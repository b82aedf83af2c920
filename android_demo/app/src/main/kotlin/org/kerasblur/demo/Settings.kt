package org.kerasblur.demo

import android.content.Context
import android.content.SharedPreferences

/** What the user has chosen; kept between starts, readable from any thread. */
class Settings(context: Context) {
    private val stored: SharedPreferences = context.getSharedPreferences("settings", Context.MODE_PRIVATE)

    /** A switch: the name it is stored under, its text, and what it is at first. */
    enum class Switch(val text: Int, val initially: Boolean) {
        OVERLAY(R.string.setting_overlay, true),
        VIBRATE(R.string.setting_vibrate, true),
        FACES(R.string.setting_faces, true),
        TIMING(R.string.setting_timing, false),
        GPU(R.string.setting_gpu, true),
    }

    val overlay get() = this[Switch.OVERLAY]
    val vibrate get() = this[Switch.VIBRATE]
    val faces get() = this[Switch.FACES]
    val timing get() = this[Switch.TIMING]
    val useGpu get() = this[Switch.GPU]

    operator fun get(switch: Switch) = stored.getBoolean(switch.name, switch.initially)

    operator fun set(switch: Switch, on: Boolean) {
        stored.edit().putBoolean(switch.name, on).apply()
    }
}
