package org.kerasblur.core

/** Colours a blur map as `keras_blur.processing.overlay` does: motion orange, defocus blue, sharp parts clear. */
object Tint {
    private const val STRENGTH = 0.5f
    private const val SURE_SHARP = 0.3f
    private const val SURE_BLURRED = 0.8f
    private val MOTION = intArrayOf(213, 94, 0)
    private val DEFOCUS = intArrayOf(0, 114, 178)
    private val UNTYPED = intArrayOf(204, 121, 167)

    /** One ARGB colour, not premultiplied, for each cell of the map. */
    fun of(map: BlurMap): IntArray = IntArray(map.height * map.width) { pixel ->
        val at = pixel * map.channels
        val ramp = ((1 - map.values[at] - SURE_SHARP) / (SURE_BLURRED - SURE_SHARP)).coerceIn(0f, 1f)
        val alpha = Math.round(255 * STRENGTH * ramp * ramp * (3 - 2 * ramp))
        var colour = alpha shl 24
        for (channel in 0 until 3) {
            val value = if (map.channels == 2) {
                UNTYPED[channel].toFloat()
            } else {
                val share = map.values[at + 2] / maxOf(map.values[at + 1] + map.values[at + 2], 1e-6f)
                val steep = ((share - 0.5f) * 4 + 0.5f).coerceIn(0f, 1f) // a mixture of orange and blue would be grey
                MOTION[channel] * (1 - steep) + DEFOCUS[channel] * steep
            }
            colour = colour or (Math.round(value) shl (16 - 8 * channel))
        }
        colour
    }
}
