// SPDX-License-Identifier: Apache-2.0
#include "trainer/training_data.h"

#include <filesystem>

#include "trainer/download.h"
#include "trainer/picture_folder.h"

namespace digit {

namespace {

// One folder that --data names: MNIST, or folders of labelled pictures.
Status add_folder(const std::string& folder, Team& team, TrainingData& data, Dataset& own) {
    if (has_mnist(folder)) {
        Result<Mnist> mnist = read_mnist(folder);
        if (!mnist) return mnist.status();
        data.train.pictures.append(mnist->train);
        data.test.append(mnist->test);
        return {};
    }
    if (is_picture_folder(folder)) {
        Result<PictureFolder> pictures = read_picture_folder(folder, team);
        if (!pictures) return pictures.status();
        own.append(pictures->data);
        data.refused.insert(data.refused.end(), pictures->refused.begin(), pictures->refused.end());
        return {};
    }
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) return {Code::kIo, folder, "is no folder"};
    return {Code::kIo, folder,
            "holds neither the files of MNIST (such as train-images-idx3-ubyte.gz) nor folders "
            "of pictures named 0 to 9"};
}

// Drawn pictures for calibration and for looks: enough for a percent to mean something.
constexpr int kDrawnValidation = 4000;

Status prepare_drawing(const TrainOptions& options, Team& team, TrainingData& data) {
    const Settings& settings = options.settings;
    Result<DrawnPool> pool = DrawnPool::make(settings.drawn, settings.seed, options.fonts);
    if (!pool) return pool.status();
    data.pool = std::move(*pool);
    data.train.drawn = &*data.pool;
    if (settings.validation == 0) return {};
    if (settings.drawn.pictures > 0)
        data.drawn_validation = data.pool->held_out_digits(kDrawnValidation, team);
    if (settings.drawn.others > 0)
        data.others_validation = data.pool->held_out_others(kDrawnValidation, team);
    return {};
}

}  // namespace

Status load_training_data(const TrainOptions& options, Team& team, TrainingData& data) {
    const Settings& settings = options.settings;
    Dataset own;
    if (options.download) {
        Status status = download_mnist(options.mirror, options.data.front());
        if (!status.ok()) return status;
    }
    for (const std::string& folder : options.data) {
        Status status = add_folder(folder, team, data, own);
        if (!status.ok()) return status;
    }
    Dataset& pictures = data.train.pictures;
    // The pictures set aside come from MNIST where there is any.
    Dataset& split_from = pictures.size() > 0 ? pictures : own;
    if (settings.validation >= split_from.size())
        return {Code::kIo, "--validation",
                "leaves nothing to train on: there are " + std::to_string(split_from.size()) +
                    " pictures"};
    if (settings.inverted > 0) {
        invert_part(pictures, settings.inverted, settings.seed, 0);
        invert_part(data.test, settings.inverted, settings.seed, 1);
    }
    data.validation = split_off(split_from, settings.validation, settings.seed);
    pictures.append(own);
    data.train.own = own.size();
    data.digest = digest_of(pictures);
    return settings.drawn.total() > 0 ? prepare_drawing(options, team, data) : Status{};
}

}  // namespace digit
