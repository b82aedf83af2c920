package org.kerasblur.core

/**
 * A small JSON reader: objects become maps, arrays lists, numbers doubles.
 *
 * Enough for contracts and golden cases, so that the library depends on nothing.
 */
object Json {
    /** Reads one JSON value. Throws IllegalArgumentException, naming the position, if [text] is no JSON. */
    fun parse(text: String): Any? = Reader(text).document()

    private class Reader(private val text: String) {
        private var at = 0

        fun document(): Any? {
            val value = value()
            skipSpace()
            if (at < text.length) fail("the end")
            return value
        }

        private fun value(): Any? {
            skipSpace()
            return when (peek()) {
                '{' -> members()
                '[' -> items()
                '"' -> string()
                't' -> word("true", true)
                'f' -> word("false", false)
                'n' -> word("null", null)
                else -> number()
            }
        }

        private fun members(): Map<String, Any?> {
            val result = LinkedHashMap<String, Any?>()
            sequence('}') {
                if (peek() != '"') fail("a name")
                val name = string()
                expect(':')
                result[name] = value()
            }
            return result
        }

        private fun items(): List<Any?> {
            val result = ArrayList<Any?>()
            sequence(']') { result.add(value()) }
            return result
        }

        /** The values between brackets, separated by commas. */
        private fun sequence(end: Char, item: () -> Unit) {
            at++
            skipSpace()
            if (peek() == end) {
                at++
                return
            }
            while (true) {
                skipSpace()
                item()
                skipSpace()
                if (peek() == end) {
                    at++
                    return
                }
                expect(',')
            }
        }

        private fun string(): String {
            val result = StringBuilder()
            at++
            while (true) {
                val letter = peek()
                at++
                when {
                    letter == '"' -> return result.toString()
                    letter == '\\' -> result.append(escaped())
                    letter < ' ' -> fail("a closing quotation mark")
                    else -> result.append(letter)
                }
            }
        }

        private fun escaped(): Char {
            val letter = peek()
            at++
            return when (letter) {
                '"', '\\', '/' -> letter
                'b' -> '\b'
                'f' -> '\u000c'
                'n' -> '\n'
                'r' -> '\r'
                't' -> '\t'
                'u' -> {
                    val digits = text.substring(at, minOf(at + 4, text.length))
                    if (!digits.matches(Regex("[0-9a-fA-F]{4}"))) fail("four hexadecimal digits")
                    at += 4
                    digits.toInt(16).toChar()
                }
                else -> fail("an escape")
            }
        }

        private fun number(): Double {
            val match = NUMBER.find(text, at)
            if (match == null || match.range.first != at) fail("a value")
            at = match.range.last + 1
            return match.value.toDouble()
        }

        private fun word(word: String, value: Any?): Any? {
            if (!text.startsWith(word, at)) fail("a value")
            at += word.length
            return value
        }

        private fun expect(letter: Char) {
            skipSpace()
            if (peek() != letter) fail("'$letter'")
            at++
        }

        private fun peek(): Char = if (at < text.length) text[at] else fail("more text")

        private fun skipSpace() {
            while (at < text.length && text[at] in " \t\r\n") at++
        }

        private fun fail(expected: String): Nothing =
            throw IllegalArgumentException("JSON: expected $expected at position $at")
    }

    private val NUMBER = Regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")
}
