package org.kerasblur.core

/**
 * How a network's probabilities become a verdict.
 *
 * @property blurredThreshold A cell is blurred if its probability of blur exceeds this.
 * @property evenOdds The odds of blur, at the sharpest place, that mean a score of 0.5; above 0.
 * @property motionOdds A blurred cell counts as motion if P(motion) is at least this times P(defocus); above 0.
 * @property inputSide The input's longer side in pixels, to which smaller photos are enlarged; 0: they are not.
 */
data class Calibration(
    val blurredThreshold: Double = 0.5,
    val evenOdds: Double = 1.0,
    val motionOdds: Double = 1.0,
    val inputSide: Int = 0,
)

/**
 * What a network expects and returns, as `contract.json` says. An export writes it beside the network.
 *
 * A phone runs networks of a fixed input size, so only "stretch" contracts are read: the whole frame is resized to
 * [height] x [width], its aspect ratio ignored.
 *
 * @property outputStride Input pixels per pixel of the blur map.
 * @property classes Names of the blur map's channels, in order.
 * @property calibration How the network's probabilities become a verdict.
 * @property fileEvenOdds The even odds of exported files, by the files' names.
 */
data class Contract(
    val name: String,
    val height: Int,
    val width: Int,
    val outputStride: Int,
    val classes: List<String>,
    val calibration: Calibration,
    val fileEvenOdds: Map<String, Double> = emptyMap(),
) {
    val mapHeight get() = height / outputStride
    val mapWidth get() = width / outputStride

    /** The calibration of an exported file. */
    fun calibrationOf(file: String) = calibration.copy(evenOdds = fileEvenOdds[file] ?: calibration.evenOdds)

    companion object {
        private val CLASSES = setOf(listOf("sharp", "motion", "defocus"), listOf("sharp", "blurred"))

        /** Reads a contract. Throws IllegalArgumentException, with the reason, if this app can't follow it. */
        fun parse(json: String): Contract {
            val values = Json.parse(json) as? Map<*, *> ?: throw IllegalArgumentException("contract: no JSON object")
            fun <T> value(name: String, read: (Any?) -> T?): T =
                read(values[name]) ?: throw IllegalArgumentException("contract: no usable $name: ${values[name]}")
            fun count(name: String) = value(name) { number ->
                (number as? Double)?.takeIf { it >= 1 && it == Math.floor(it) }?.toInt()
            }

            require(values["resize"] == "stretch") { "contract: expected resize \"stretch\", found ${values["resize"]}" }
            require(values["channels"] == "RGB") { "contract: expected channels \"RGB\", found ${values["channels"]}" }
            require(values["value_range"] == listOf(0.0, 255.0)) { "contract: expected values of 0 to 255" }
            val contract = Contract(
                name = value("name") { it as? String },
                height = count("height"),
                width = count("width"),
                outputStride = count("output_stride"),
                classes = value("classes") { list ->
                    (list as? List<*>)?.map { it.toString() }?.takeIf { it in CLASSES }
                },
                calibration = Calibration(
                    value("blurred_threshold") { it as? Double },
                    evenOdds = if ("even_odds" in values) value("even_odds", ::odds) else 1.0,
                    motionOdds = if ("motion_odds" in values) value("motion_odds", ::odds) else 1.0,
                    inputSide = maxOf(count("height"), count("width")),
                ),
                fileEvenOdds = if ("file_even_odds" in values) value("file_even_odds", ::oddsOfFiles) else emptyMap(),
            )
            require(contract.height % contract.outputStride == 0 && contract.width % contract.outputStride == 0) {
                "contract: ${contract.height} x ${contract.width} is no multiple of output_stride ${contract.outputStride}"
            }
            return contract
        }

        private fun oddsOfFiles(value: Any?) =
            (value as? Map<*, *>)?.takeIf { map -> map.values.all { odds(it) != null } }?.map { (name, odds) -> "$name" to odds as Double }?.toMap()

        private fun odds(value: Any?) = (value as? Double)?.takeIf { it > 0 && it < Double.POSITIVE_INFINITY }
    }
}
