// SPDX-License-Identifier: Apache-2.0
#include "trainer/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace digit {

namespace {

constexpr double kWidth = 560, kHeight = 320;
constexpr double kLeft = 64, kRight = 16, kTop = 34, kBottom = 46;

struct Axis {
    double low = 0, high = 1;
    bool logarithmic = false;
    std::vector<double> ticks;

    // 0 to 1.
    double place(double value) const {
        if (logarithmic) return std::log(value / low) / std::log(high / low);
        return (value - low) / (high - low);
    }
};

std::string text_of(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string pixels(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return text;
}

// Ticks at 1, 2 or 5 times a power of ten, about five of them.
Axis linear_axis(double low, double high) {
    if (high <= low) high = low + 1;
    const double raw = (high - low) / 5;
    const double power = std::pow(10, std::floor(std::log10(raw)));
    const double step = power * (raw / power < 1.5   ? 1
                                 : raw / power < 3.5 ? 2
                                 : raw / power < 7.5 ? 5
                                                     : 10);
    Axis axis{low, high, false, {}};
    for (double tick = std::ceil(low / step) * step; tick <= high + step / 1e6; tick += step)
        axis.ticks.push_back(std::abs(tick) < step / 1e6 ? 0 : tick);
    return axis;
}

Axis log_axis(double low, double high) {
    Axis axis{low / 1.15, high * 1.15, true, {}};
    for (double power = std::pow(10, std::floor(std::log10(axis.low))); power < axis.high;
         power *= 10)
        for (double factor : {1.0, 2.0, 5.0})
            if (power * factor >= axis.low && power * factor <= axis.high)
                axis.ticks.push_back(power * factor);
    return axis;
}

class Canvas {
  public:
    Canvas(const Axis& x, const Axis& y) : x_(x), y_(y) {}

    double across(double x) const { return kLeft + x_.place(x) * (kWidth - kLeft - kRight); }
    double down(double y) const {
        return kHeight - kBottom - y_.place(y) * (kHeight - kTop - kBottom);
    }

    void line(const std::string& style, double x0, double y0, double x1, double y1) {
        svg_ += "<line class=\"" + style + "\" x1=\"" + pixels(x0) + "\" y1=\"" + pixels(y0) +
                "\" x2=\"" + pixels(x1) + "\" y2=\"" + pixels(y1) + "\"/>";
    }
    void circle(const std::string& style, double x, double y) {
        svg_ += "<circle class=\"" + style + "\" cx=\"" + pixels(x) + "\" cy=\"" + pixels(y) +
                "\" r=\"3\"/>";
    }
    void text(const std::string& anchor, double x, double y, const std::string& text) {
        svg_ += "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" text-anchor=\"" + anchor +
                "\">" + text + "</text>";
    }
    void polyline(const std::string& style, const std::vector<Point2>& points) {
        svg_ += "<polyline class=\"" + style + "\" points=\"";
        for (const Point2& p : points) svg_ += pixels(across(p.x)) + "," + pixels(down(p.y)) + " ";
        svg_ += "\"/>";
    }
    const std::string& svg() const { return svg_; }

  private:
    const Axis& x_;
    const Axis& y_;
    std::string svg_;
};

void draw_axes(Canvas& canvas, const Chart& chart, const Axis& x, const Axis& y) {
    for (double tick : y.ticks) {
        canvas.line("grid", kLeft, canvas.down(tick), kWidth - kRight, canvas.down(tick));
        canvas.text("end", kLeft - 6, canvas.down(tick) + 4, text_of(tick));
    }
    for (double tick : x.ticks)
        canvas.text("middle", canvas.across(tick), kHeight - kBottom + 18, text_of(tick));
    canvas.line("axis", kLeft, kHeight - kBottom, kWidth - kRight, kHeight - kBottom);
    canvas.text("middle", (kLeft + kWidth - kRight) / 2, kHeight - 8, chart.x_label);
    canvas.text("start", 4, 14, chart.y_label);
    if (chart.unit_square)
        canvas.line("diagonal", canvas.across(0), canvas.down(0), canvas.across(1), canvas.down(1));
}

void draw_series(Canvas& canvas, const Series& series, int index) {
    const std::string style = "s" + std::to_string(index);
    canvas.polyline(style, series.points);
    if (series.dots || series.points.size() == 1)
        for (const Point2& p : series.points)
            canvas.circle(style, canvas.across(p.x), canvas.down(p.y));
    const double left = kWidth - kRight - 120 * (3 - index % 3);
    canvas.line(style, left, 10, left + 18, 10);
    canvas.text("start", left + 24, 14, series.name);
}

}  // namespace

std::string draw_chart(const Chart& chart) {
    double x0 = 1e300, x1 = -1e300, y0 = 1e300, y1 = -1e300;
    for (const Series& series : chart.series)
        for (const Point2& p : series.points) {
            x0 = std::min(x0, p.x), x1 = std::max(x1, p.x);
            y0 = std::min(y0, p.y), y1 = std::max(y1, p.y);
        }
    if (x0 > x1) x0 = y0 = 0.1, x1 = y1 = 1;
    const Axis x = chart.unit_square ? linear_axis(0, 1) : linear_axis(x0, x1);
    const Axis y = chart.unit_square ? linear_axis(0, 1)
                   : chart.log_y     ? log_axis(y0, y1)
                                     : linear_axis(std::min(0.0, y0), y1);
    Canvas canvas(x, y);
    draw_axes(canvas, chart, x, y);
    for (std::size_t i = 0; i < chart.series.size(); ++i)
        draw_series(canvas, chart.series[i], static_cast<int>(i));
    return "<svg viewBox=\"0 0 " + pixels(kWidth) + " " + pixels(kHeight) +
           "\" role=\"img\" aria-label=\"" + chart.title + "\">" + canvas.svg() + "</svg>";
}

}  // namespace digit
