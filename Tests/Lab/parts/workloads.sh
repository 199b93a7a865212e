# The workloads of a file, created one by one through the API and awaited. Sourced, never run.

# The API takes no list, and every kind has its own address.
create_workloads() {
    local path object
    while IFS=$'\t' read -r path object; do
        api POST "$path" <(printf '%s' "$object") >/dev/null || fail "the API refused $object"
    done < <(jq -r '.items[]
        | (if .apiVersion == "v1" then "/api/v1" else "/apis/" + .apiVersion end) as $group
        | (if .metadata.namespace then "/namespaces/" + .metadata.namespace else "" end) as $namespace
        | [$group + $namespace + "/" + (.kind | ascii_downcase) + "s", tojson] | join("\t")' "$1")
}

# Pretended containers never end by themselves: the pods of a job that is labelled `lab: finishes` are ended here.
finish_jobs() {
    local path body=$lab/succeeded.json
    echo '{"status": {"phase": "Succeeded"}}' >"$body"
    while read -r path; do
        api PATCH "$path/status" "$body" application/merge-patch+json
    done < <(api GET '/api/v1/pods?labelSelector=lab%3Dfinishes' |
        jq -r '.items[] | select(.status.phase == "Running") | "/api/v1/namespaces/\(.metadata.namespace)/pods/\(.metadata.name)"')
}

# settled GROUP TEST: whether the jq TEST holds for all objects at that address.
settled() { api GET "/apis/$1" | jq --exit-status "[.items[] | $2] | all"; }

workloads_settled() {
    finish_jobs
    settled apps/v1/deployments '.status.readyReplicas == .spec.replicas' &&
        settled apps/v1/statefulsets '.status.readyReplicas == .spec.replicas' &&
        settled apps/v1/daemonsets '.status.desiredNumberScheduled > 0 and .status.numberReady == .status.desiredNumberScheduled' &&
        settled batch/v1/jobs 'if .metadata.labels.lab == "finishes" then .status.succeeded == .spec.completions else .status.active == .spec.parallelism end' &&
        settled policy/v1beta1/poddisruptionbudgets '.status.disruptionsAllowed > 0'
}

count_pods() { api GET /api/v1/pods | jq '.items | length'; }
