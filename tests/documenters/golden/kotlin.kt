/*
 * Copyright 2024 Somebody
 */
@file:JvmName("Orders")

package shop.orders

import java.util.UUID
import kotlinx.coroutines.flow.Flow
import okhttp3.Request as HttpRequest
import shop.money.*

/** What everybody uses. */
const val VERSION = "1.0"
val defaultLimit: Int = 100
private var counter = 0
lateinit var shop: Shop

typealias Handler<T> = (T) -> Unit

/**
 * One order of one customer.
 *
 * @property number what the customer sees
 */
@Serializable
data class Order(
    val number: Int,
    private var note: String? = null,
    plain: Int = 0,
) : Base(number), Priced by Delegate {

    constructor(text: String) : this(text.toInt())

    init {
        println(number)
    }

    // Adds them up.
    val total: Int
        get() = lines.sum()

    var state: State = State.OPEN
        private set

    override fun price(): Int = 0

    @Throws(IOException::class)
    suspend fun <T : Any> load(
        name: String, // of the file
        depth: Int = 1,
    ): T where T : Comparable<T> {
        fun inner() {}
        return TODO()
    }

    inner class Line(val price: Int)

    companion object {
        const val MAX = 100

        @JvmStatic
        fun parse(text: String): Order = Order(text)
    }
}

sealed interface Priced {
    val currency: String
    fun price(): Int

    object Free : Priced
}

enum class State(val label: String) {
    /** Not paid. */
    OPEN("open"),
    PAID("paid") {
        override fun next() = this
    };

    open fun next(): State = PAID
}

fun interface Finished {
    fun invoke(order: Order)
}

annotation class Fancy(val why: String)

internal object Registry : Base() {
    val all = mutableListOf<Order>()
}

/** Twice the value. */
fun Int.twice(): Int = this * 2

operator fun Order.plus(other: Order): Order = this

inline fun <reified T> List<T>.second(): T = this[1]

val String.words: List<String>
    get() = split(" ")

val (left, right) = 1 to 2

/** Behind what the grammar cannot read. */
class Oddities {
    val price = $$"costs $5"
    val later = suspend { compute() }

    fun afterThem(): Int = 1
}
