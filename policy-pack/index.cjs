require("@palisade/neon/policy").policyPack();
