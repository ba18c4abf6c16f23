// SPDX-License-Identifier: Apache-2.0
#include "mod_digit/candidate.h"

#include <utility>

#include "libdigit/golden.h"
#include "libdigit/weights_file.h"

namespace digit {

std::variant<Candidate, LoadFault> load_candidate(const std::string& path,
                                                  std::uint64_t min_golden) {
    const auto told = [&](const Status& status) {
        std::string reason = status.message();
        // The reader names the file where it cannot be opened, and the tensor where that is wrong.
        if (reason.find(path) == std::string::npos) reason = path + ": " + reason;
        return LoadFault{reason + "; name a weights file that digit-train wrote"};
    };
    auto bytes = read_weights_bytes(path);
    if (!bytes.ok()) return told(bytes.status());
    const auto weights = view_weights(bytes->bytes());
    if (!weights.ok()) return told(weights.status());
    auto model = Model::make(*weights);
    if (!model.ok()) return told(model.status());
    GoldenTrial trial;
    if (min_golden > 0) trial = try_golden_pictures(*model);
    if (trial.right < static_cast<int>(min_golden))
        return LoadFault{
            path + ": reads " + std::to_string(trial.right) + " of the 10 golden pictures (" +
            trial.wrong + "), and DigitMinGolden asks for " + std::to_string(min_golden) +
            "; train it further, or, if it is meant for other pictures than plain digits, "
            "write DigitMinGolden 0 beside its DigitModel"};
    return Candidate{std::move(*model), std::move(*bytes), trial.right};
}

ReadAhead read_ahead_of(const std::string& path, Candidate candidate) {
    return {path, std::move(candidate.file), candidate.model.release_packed(),
            candidate.golden_right};
}

std::optional<Candidate> candidate_of(ReadAhead ahead, std::uint64_t min_golden) {
    if (ahead.golden_right < static_cast<int>(min_golden)) return std::nullopt;
    const auto weights = view_verified_weights(ahead.file.bytes());
    if (!weights.ok()) return std::nullopt;
    auto model = Model::adopt(*weights, std::move(ahead.packed));
    if (!model.ok()) return std::nullopt;
    return Candidate{std::move(*model), std::move(ahead.file), ahead.golden_right};
}

}  // namespace digit
