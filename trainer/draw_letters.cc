// SPDX-License-Identifier: Apache-2.0
#include "trainer/draw_letters.h"

#include <algorithm>
#include <initializer_list>

namespace digit {
namespace {

constexpr Knot m(int x, int y) {
    return {KnotKind::kMove, static_cast<std::int8_t>(x), static_cast<std::int8_t>(y)};
}
constexpr Knot s(int x, int y) {
    return {KnotKind::kSmooth, static_cast<std::int8_t>(x), static_cast<std::int8_t>(y)};
}
constexpr Knot k(int x, int y) {
    return {KnotKind::kCorner, static_cast<std::int8_t>(x), static_cast<std::int8_t>(y)};
}

constexpr Allograph letter(const char* name, std::initializer_list<Knot> knots) {
    Allograph allograph{0, name, 1, 0.16f, 2.0f, {}};
    std::copy(knots.begin(), knots.end(), allograph.knots);
    return allograph;
}

// Left out is what is a digit to many: b, B, D, g, G, i, I, l, L, o, O, q, Q, s, S, y, z, Z and the
// like, and the 7 of some T, J and r.
constexpr Allograph kLetters[] = {
    letter("A", {m(0, 100), k(36, 0), k(74, 100), m(14, 64), k(60, 64)}),
    letter("A round", {m(2, 100), s(6, 30), s(34, 2), s(62, 30), s(68, 100), m(4, 58), k(66, 58)}),
    letter("C", {m(72, 18), s(44, 0), s(8, 28), s(4, 66), s(34, 99), s(74, 84)}),
    letter("E", {m(64, 2), k(4, 0), k(4, 100), k(66, 98), m(4, 50), k(54, 49)}),
    letter("F", {m(64, 1), k(4, 0), k(4, 100), m(4, 48), k(52, 46)}),
    letter("H", {m(4, 0), k(4, 100), m(68, 0), k(68, 100), m(4, 50), k(68, 49)}),
    letter("K", {m(4, 0), k(4, 100), m(62, 2), k(6, 54), k(66, 100)}),
    letter("M", {m(0, 100), k(8, 0), k(42, 70), k(76, 0), k(84, 100)}),
    letter("M round", {m(2, 100), k(4, 4), s(22, 2), s(40, 60), k(42, 90), s(52, 10), s(72, 4),
                       s(78, 60), k(82, 100)}),
    letter("N", {m(4, 100), k(4, 0), k(66, 100), k(66, 0)}),
    letter("P", {m(6, 100), k(6, 2), s(50, 2), s(62, 26), s(44, 52), k(6, 54)}),
    letter("R", {m(6, 100), k(6, 2), s(48, 2), s(60, 26), s(42, 48), k(6, 50), k(64, 100)}),
    letter("T", {m(0, 0), k(80, 0), m(40, 0), k(40, 100)}),
    letter("U", {m(4, 0), s(6, 70), s(34, 99), s(62, 70), s(66, 0)}),
    letter("V", {m(0, 0), k(36, 100), k(74, 0)}),
    letter("W", {m(0, 0), k(22, 100), k(44, 24), k(66, 100), k(90, 0)}),
    letter("X", {m(2, 0), k(68, 100), m(68, 0), k(0, 100)}),
    letter("Y", {m(2, 0), k(36, 46), k(72, 0), m(36, 46), k(36, 100)}),
    letter("a",
           {m(60, 14), s(26, 2), s(2, 48), s(22, 98), s(56, 70), k(64, 6), s(66, 70), s(80, 98)}),
    letter("d", {m(58, 48), s(30, 40), s(4, 70), s(28, 99), s(56, 80), k(62, 0), k(64, 100)}),
    letter("e", {m(8, 52), s(60, 46), s(52, 10), s(26, 4), s(4, 46), s(26, 96), s(66, 86)}),
    letter("f", {m(62, 10), s(44, 0), s(28, 24), s(26, 100), m(4, 44), k(56, 42)}),
    letter("h", {m(6, 0), k(6, 100), k(8, 62), s(34, 42), s(54, 60), k(56, 100)}),
    letter("k", {m(6, 0), k(6, 100), m(50, 40), k(8, 72), k(54, 100)}),
    letter("m", {m(4, 4), k(6, 98), k(8, 40), s(28, 6), s(42, 30), k(44, 98), k(46, 36), s(66, 6),
                 s(80, 30), k(84, 98)}),
    letter("n", {m(6, 4), k(6, 98), k(8, 44), s(36, 6), s(62, 30), k(66, 98)}),
    letter("p", {m(6, 2), k(6, 100), m(6, 10), s(40, 2), s(56, 28), s(38, 56), k(8, 52)}),
    letter("r", {m(6, 4), k(6, 98), k(8, 42), s(28, 8), s(56, 14)}),
    letter("t", {m(34, 0), s(34, 70), s(48, 98), s(68, 88), m(6, 30), k(64, 28)}),
    letter("u", {m(4, 4), s(6, 66), s(28, 96), s(56, 70), k(64, 4), s(64, 80), s(78, 98)}),
    letter("w", {m(0, 4), s(8, 80), s(24, 94), k(42, 30), s(54, 92), s(70, 84), s(84, 4)}),
    letter("x", {m(2, 6), s(36, 50), s(72, 94), m(70, 4), s(36, 50), s(0, 98)}),
    letter("omega", {m(6, 99), k(24, 96), s(4, 52), s(40, 2), s(78, 52), k(58, 96), k(78, 99)}),
    letter("pi", {m(0, 8), k(80, 4), m(20, 6), s(18, 98), m(60, 6), s(62, 98)}),
    letter("at", {m(62, 40), s(40, 28), s(28, 54), s(42, 72), s(62, 40), s(66, 70), s(88, 52),
                  s(74, 10), s(34, 6), s(4, 50), s(30, 96), s(76, 90)}),
    letter("heart", {m(44, 99), s(6, 44), s(22, 4), k(44, 28), s(66, 4), s(82, 44), k(44, 99)}),
    letter("house",
           {m(6, 100), k(6, 44), k(42, 0), k(78, 44), k(78, 100), k(6, 100), m(6, 44), k(78, 44)}),
    letter("smile", {m(44, 0), s(4, 44), s(44, 98), s(84, 44), s(44, 0), m(28, 34), k(30, 40),
                     m(58, 34), k(60, 40), m(24, 62), s(44, 76), s(64, 62)}),
    letter("tick", {m(0, 60), k(26, 98), k(86, 0)}),
};

}  // namespace

std::span<const Allograph> letter_allographs() { return kLetters; }

}  // namespace digit
