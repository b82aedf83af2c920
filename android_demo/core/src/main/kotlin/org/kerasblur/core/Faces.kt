package org.kerasblur.core

/**
 * Turns a face that the camera's own detector found into a region of the upright frame.
 *
 * The detector's boxes lie on the sensor. A frame is the middle of the sensor, cut to the frame's shape, and may have to
 * be turned.
 */
object Faces {
    private const val INNER = 0.6 // of a face's box: its corners show what is behind the face

    /**
     * The largest face's region; null if there is none in the frame.
     *
     * @param faces Boxes (left, top, right, bottom) in pixels of the sensor, whose size is [sensorWidth] x [sensorHeight].
     * @param frameWidth Width of the frame before it is turned; [frameHeight] likewise. Only their ratio counts.
     * @param rotation Clockwise degrees that turn the frame upright: 0, 90, 180 or 270.
     */
    fun region(
        faces: List<IntArray>,
        sensorWidth: Int,
        sensorHeight: Int,
        frameWidth: Int,
        frameHeight: Int,
        rotation: Int,
    ): Region? {
        // The part of the sensor that the frame shows.
        val seenWidth = minOf(sensorWidth.toDouble(), sensorHeight.toDouble() * frameWidth / frameHeight)
        val seenHeight = minOf(sensorHeight.toDouble(), sensorWidth.toDouble() * frameHeight / frameWidth)
        val (left, top, right, bottom) = faces.maxByOrNull { (it[2] - it[0]) * (it[3] - it[1]) } ?: return null
        fun inFrame(at: Double, sensor: Int, seen: Double) = ((at - (sensor - seen) / 2) / seen).coerceIn(0.0, 1.0)
        fun inner(from: Int, to: Int, side: Int) = (from + to) / 2.0 + side * INNER / 2 * (to - from)
        val (x0, x1) = listOf(-1, 1).map { inFrame(inner(left, right, it), sensorWidth, seenWidth) }
        val (y0, y1) = listOf(-1, 1).map { inFrame(inner(top, bottom, it), sensorHeight, seenHeight) }
        if (x1 - x0 <= LEAST || y1 - y0 <= LEAST) return null
        return when (rotation) {
            0 -> Region(y0, x0, y1 - y0, x1 - x0)
            90 -> Region(x0, 1 - y1, x1 - x0, y1 - y0)
            180 -> Region(1 - y1, 1 - x1, y1 - y0, x1 - x0)
            270 -> Region(1 - x1, y0, x1 - x0, y1 - y0)
            else -> throw IllegalArgumentException("rotation: expected 0, 90, 180 or 270, received $rotation")
        }
    }

    private const val LEAST = 0.01 // of the frame's sides: a smaller face is no subject
}
