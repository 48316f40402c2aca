// The source of these figures is AWS's public price list for us-east-1, as the Karpenter project publishes it
// (aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, generated on 2026-01-19). The regions' factors
// are those of the m5.large in AWS's price list of 2024. The Windows licence is from the same list.

extension InstancePrices {
    /// Prices in USD per hour: On-Demand, Linux, us-east-1. A single price is that of the family's xlarge; the other sizes are
    /// proportional to their vCPUs (in the T families, to their memory). Families without such a proportion list each size's
    /// price. The surcharge for bare metal beyond its vCPUs is left out.
    static let table: StaticString = """
        a1 0.102
        c1 medium=0.13 xlarge=0.52
        c3 0.21
        c4 large=0.1 xlarge=0.199 2xlarge=0.398 4xlarge=0.796 8xlarge=1.591
        c5 0.17
        c5a 0.154
        c5ad 0.172
        c5d 0.192
        c5n 0.216
        c6a 0.153
        c6g 0.136
        c6gd 0.1536
        c6gn 0.1728
        c6i 0.17
        c6id 0.2016
        c6in 0.2268
        c7a 0.20528
        c7g 0.145
        c7gd 0.1814
        c7gn 0.2496
        c7i 0.1785
        c7i-flex 0.16958
        c8a 0.21554
        c8g 0.15952
        c8gb 0.237
        c8gd 0.19596
        c8gn 0.237
        c8i 0.18742
        c8i-flex 0.17804
        cr1 8xlarge=3.5
        d2 xlarge=0.69 2xlarge=1.38 4xlarge=2.76 8xlarge=5.52
        d3 0.4995
        d3en 0.5257
        dl1 24xlarge=13.10904
        f1 2xlarge=1.65 4xlarge=3.3 16xlarge=13.2
        f2 6xlarge=1.98 12xlarge=3.96 48xlarge=15.84
        g2 2xlarge=0.65 8xlarge=2.6
        g3 4xlarge=1.14 8xlarge=2.28 16xlarge=4.56
        g3s xlarge=0.75
        g4ad xlarge=0.37853 2xlarge=0.54117 4xlarge=0.867 8xlarge=1.734 16xlarge=3.468
        g4dn xlarge=0.526 2xlarge=0.752 4xlarge=1.204 8xlarge=2.176 12xlarge=3.912 16xlarge=4.352 metal=7.824
        g5 xlarge=1.006 2xlarge=1.212 4xlarge=1.624 8xlarge=2.448 12xlarge=5.672 16xlarge=4.096 24xlarge=8.144 48xlarge=16.288
        g5g xlarge=0.42 2xlarge=0.556 4xlarge=0.828 8xlarge=1.372 16xlarge=2.744 metal=2.744
        g6 xlarge=0.8048 2xlarge=0.9776 4xlarge=1.3232 8xlarge=2.0144 12xlarge=4.6016 16xlarge=3.3968 24xlarge=6.6752 48xlarge=13.3504
        g6e xlarge=1.861 2xlarge=2.24208 4xlarge=3.00424 8xlarge=4.52856 12xlarge=10.49264 16xlarge=7.57719 24xlarge=15.06559 48xlarge=30.13118
        g6f large=0.202 xlarge=0.2375 2xlarge=0.475 4xlarge=0.95
        gr6 4xlarge=1.5392 8xlarge=2.4464
        gr6f 4xlarge=1.066
        h1 0.234
        hpc7g 4xlarge=1.6832 8xlarge=1.6832 16xlarge=1.6832
        i2 0.853
        i3 0.312
        i3en 0.452
        i4g 0.30888
        i4i 0.3432
        i7i 0.3775
        i7ie 0.5198
        i8g 0.3432
        i8ge 0.4746
        im4gn 0.36379
        inf1 xlarge=0.228 2xlarge=0.362 6xlarge=1.18 24xlarge=4.721
        inf2 xlarge=0.7582 8xlarge=1.96786 24xlarge=6.49063 48xlarge=12.98127
        is4gen 0.5763
        m1 small=0.044 medium=0.087 large=0.175 xlarge=0.35
        m2 xlarge=0.245 2xlarge=0.49 4xlarge=0.98
        m3 0.266
        m4 0.2
        m5 0.192
        m5a 0.172
        m5ad 0.206
        m5d 0.226
        m5dn 0.272
        m5n 0.238
        m5zn 0.3303
        m6a 0.1728
        m6g 0.154
        m6gd 0.1808
        m6i 0.192
        m6id 0.2373
        m6idn 0.31824
        m6in 0.27846
        m7a 0.23184
        m7g 0.1632
        m7gd 0.2136
        m7i 0.2016
        m7i-flex 0.19152
        m8a 0.24344
        m8g 0.17952
        m8gb 0.291
        m8gd 0.23064
        m8gn 0.291
        m8i 0.21168
        m8i-flex 0.2011
        p2 xlarge=0.9 8xlarge=7.2 16xlarge=14.4
        p3 2xlarge=3.06 8xlarge=12.24 16xlarge=24.48
        p3dn 24xlarge=31.212
        p4d 24xlarge=21.957642
        p4de 24xlarge=27.44705
        p5 4xlarge=6.88 48xlarge=55.04
        p5en 48xlarge=63.296
        p6-b200 48xlarge=113.9328
        r3 0.333
        r4 0.266
        r5 0.252
        r5a 0.226
        r5ad 0.262
        r5b 0.298
        r5d 0.288
        r5dn 0.334
        r5n 0.298
        r6a 0.2268
        r6g 0.2016
        r6gd 0.2304
        r6i 0.252
        r6id 0.3024
        r6idn 0.39078
        r6in 0.34866
        r7a 0.3043
        r7g 0.2142
        r7gd 0.2722
        r7i 0.2646
        r7iz 0.372
        r8a 0.31952
        r8g 0.23564
        r8gb 0.36436
        r8gd 0.29392
        r8gn 0.3644
        r8i 0.27784
        r8i-flex 0.26394
        t1 micro=0.02
        t2 0.1856
        t3 0.1664
        t3a 0.1504
        t4g 0.1344
        trn1 2xlarge=1.34375 32xlarge=21.5
        trn1n 32xlarge=24.78
        u-12tb1 112xlarge=109.2
        u-18tb1 112xlarge=163.8
        u-24tb1 112xlarge=218.4
        u-3tb1 56xlarge=27.3
        u-6tb1 56xlarge=46.40391 112xlarge=54.6
        u-9tb1 112xlarge=81.9
        u7i-12tb 224xlarge=125.58182
        u7i-6tb 112xlarge=62.79
        u7i-8tb 112xlarge=83.72
        u7in-16tb 224xlarge=180.47558
        u7in-24tb 224xlarge=270.73128
        u7in-32tb 224xlarge=360.98695
        vt1 3xlarge=0.65 6xlarge=1.3 24xlarge=5.2
        x1 16xlarge=6.669 32xlarge=13.338
        x1e 0.834
        x2gd 0.334
        x2idn 0.41681
        x2iedn 0.83363
        x2iezn 0.834
        x8g 0.3908
        """

    /// Each region's price, as a multiple of the price in us-east-1.
    static let regions: [String: Double] = [
        "af-south-1": 1.323, "ap-east-1": 1.375, "ap-northeast-1": 1.292, "ap-northeast-2": 1.229, "ap-northeast-3": 1.292,
        "ap-south-1": 1.052, "ap-southeast-1": 1.25, "ap-southeast-2": 1.25, "ca-central-1": 1.115, "eu-central-1": 1.198,
        "eu-north-1": 1.063, "eu-south-1": 1.167, "eu-west-1": 1.115, "eu-west-2": 1.156, "eu-west-3": 1.167,
        "me-south-1": 1.226, "sa-east-1": 1.594, "us-east-1": 1, "us-east-2": 1, "us-gov-west-1": 1.26, "us-west-1": 1.167,
        "us-west-2": 1,
    ]
}
