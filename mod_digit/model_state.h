// SPDX-License-Identifier: Apache-2.0
// What serves under each name that the configuration gives to a model, for server-status, metrics
// and health.
#pragma once

#include <httpd.h>

#include <string>
#include <vector>

namespace digit {

enum class Serving {
    kNamed,    // the file that DigitModel names
    kEarlier,  // that file was refused at a restart: what served here before it goes on serving
    kNothing,  // it was refused at a restart and nothing served here before: requests get 503
};

struct ModelState {
    std::string path;      // as DigitModel names it
    std::string named_by;  // "DigitModel (/etc/apache2/mods-enabled/digit.conf:12)"
    Serving serving = Serving::kNamed;
    std::string refusal;       // why the file is not served, a sentence; empty where it is
    std::string architecture;  // of what serves, as the next three; empty where nothing does
    std::string sha256;        // of its tensors, as its metadata states it; may be empty
    int golden_right = 0;      // of kGoldenPictures; not told where the trial is switched off
    apr_time_t since = 0;      // when it began to serve
};

// "serving", "serving an earlier file" or "not serving".
const char* serving_name(Serving serving);

// One a file that the configuration names, in its order. Worked out before httpd forks and the
// same for as long as the configuration; any thread may read it. No file is named twice.
const std::vector<ModelState>& model_states(const server_rec* server);

}  // namespace digit
