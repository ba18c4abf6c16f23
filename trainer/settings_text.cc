// SPDX-License-Identifier: Apache-2.0
#include "trainer/settings_text.h"

#include <charconv>

namespace digit {

namespace {

// The shortest text that reads back as the same number.
template <class T>
std::string number(T value) {
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return {text, end};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> settings_text(const Settings& s) {
    std::vector<std::pair<std::string, std::string>> all;
    const auto add = [&all](const char* name, const std::string& value) {
        if (!value.empty() && value != "0") all.emplace_back(name, value);
    };
    const auto flag = [&add](const char* name, bool on) { add(name, on ? "yes" : ""); };
    std::string hidden;
    for (int width : s.hidden) hidden += (hidden.empty() ? "" : ",") + number(width);
    add("recipe", s.recipe);
    add("hidden", hidden);
    if (!s.receptive_fields.empty()) {
        add("receptive-field", text_of(s.receptive_fields));
        add("shared-weights", number(s.shared_weights));
    }
    if (s.early_exit.units > 0) {
        add("early-exit", number(s.early_exit.units));
        add("early-exit-epochs", number(s.early_exit.epochs));
    }
    add("activation", activation_name(s.activation));
    flag("batch-norm", s.normalised);
    flag("centred", s.centred);
    add("epochs", number(s.epochs));
    add("batch-size", number(s.batch_size));
    add("optimiser", optimiser_name(s.optimiser));
    add("learning-rate", number(s.learning_rate));
    add("momentum", number(s.momentum));
    add("weight-decay", number(s.lambda ? 0 : s.weight_decay));
    if (s.lambda) add("lambda", number(*s.lambda));
    add("schedule", schedule_name(s.schedule));
    add("warm-up", number(s.warm_up_epochs));
    add("average", number(s.average));
    add("dropout", number(s.dropout));
    if (s.sparsity > 0 && s.hidden.size() > 1 && s.activation == Activation::kRelu)
        add("sparsity", number(s.sparsity));
    add("label-smoothing", number(s.label_smoothing));
    add("mixup", number(s.mixup));
    add("inverted", number(s.inverted));
    add("rotation", number(s.augment.rotation));
    add("shear", number(s.augment.shear));
    add("stretch", number(s.augment.stretch));
    add("shift", number(s.augment.shift));
    add("elastic", number(s.augment.elastic));
    if (s.augment.elastic > 0) add("elastic-sigma", number(s.augment.elastic_sigma));
    add("thinner", number(s.augment.thinner));
    add("thicker", number(s.augment.thicker));
    add("blur", number(s.augment.blur));
    add("contrast", number(s.augment.contrast));
    if (s.augment.stroke_share < 1) add("stroke-share", number(s.augment.stroke_share));
    add("sharp", number(s.augment.sharp));
    add("untouched", number(s.augment.untouched));
    flag("keep-levels", s.augment.keep_levels);
    flag("refit", s.augment.refit);
    add("square", number(s.augment.square));
    add("views", number(s.views));
    add("drawn", number(s.drawn.pictures));
    add("others", number(s.drawn.others));
    if (s.drawn.total() > 0) {
        add("drawn-fresh", number(s.drawn.fresh));
        add("font-share", number(s.drawn.font_share));
        add("drawn-augment", number(s.drawn.augment));
    }
    add("validation", number(s.validation));
    add("teachers", number(s.teachers.size()));
    add("conv-teachers", number(s.conv.count));
    if (s.conv.count > 0) {
        if (s.conv.of_drawn < s.conv.count && s.drawn.total() > 0)
            add("conv-drawn", number(s.conv.of_drawn));
        add("conv-shape", ConvShape{s.conv.shape}.name());
        add("conv-epochs", number(s.conv.epochs));
        add("conv-batch-size", number(s.conv.batch_size));
        add("conv-learning-rate", number(s.conv.learning_rate));
    }
    if (!s.teachers.empty() || s.conv.count > 0) {
        add("teacher-weight", number(s.teacher_weight));
        add("temperature", number(s.temperature));
    }
    add("dtype", dtype_name(s.dtype));
    add("seed", number(s.seed));
    add("threads", number(s.threads));
    return all;
}

}  // namespace digit
